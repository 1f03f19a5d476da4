"""The evidence of an escalation: what is attached, what could not be collected, and the digest of it all."""

from bot.model.escalation import Bundle, BundleFile
from bot.slack.blocks import context, section
from bot.slack.paper import File, Message, Paper
from bot.slack.text import Markup, code, mark, moment, plural


def _line(file: BundleFile) -> Markup:
    gone = " (removed since)" if file.is_removed else ""
    return mark("• {name} {title}{gone}", name=code(file.name), title=file.title, gone=gone)


def draw_bundle(bundle: Bundle) -> Message:
    """The list of the files, which go with it."""
    paper = Paper()
    files = plural(len(bundle.files), "file")
    paper.put(section(mark("*Evidence* of {at}: {files}", at=moment(bundle.at), files=files)))
    paper.lines(_line(one) for one in bundle.files)
    if bundle.missing:
        paper.lines([Markup("*Could not be collected*"), *(mark("• {one}", one=one) for one in bundle.missing)])
    digest = mark("SHA-256 of all files {digest}, as the audit trail records it", digest=code(bundle.digest))
    paper.end(context(digest))
    paper.files += [File(one.name, one.title, one.content) for one in bundle.files if not one.is_removed]
    return paper.message(mark("Evidence: {files}, digest {digest}", files=files, digest=bundle.digest[:12]))
