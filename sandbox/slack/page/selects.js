// The select elements of Block Kit, all drawn as one kind of chooser; they differ in where the options come from.
import { avatar } from "./avatar.js";
import { chooser } from "./chooser.js";
import { plain } from "./mrkdwn.js";
import { press } from "./press.js";
import { channelName, nameOf, person, state } from "./state.js";
import { contentOf, initialState } from "./values.js";

const MINIMUM_QUERY = 3;

const fromOption = (option) => ({ value: option.value, text: option.text.text, label: () => plain(option.text.text), description: option.description?.text, raw: option });
const fromUser = (id) => ({ value: id, text: nameOf(id), description: person(id)?.title, picture: () => avatar(id, "tiny"), raw: id });
const fromChannel = (id) => ({ value: id, text: `#${channelName(id)}`, raw: id });

const matching = (options, text) => options.filter((option) => option.text.toLowerCase().includes(text.trim().toLowerCase()));

function groupsOf(source) {
  if (source.option_groups?.length) return source.option_groups.map((group) => ({ label: group.label?.text, options: group.options.map(fromOption) }));
  return [{ options: (source.options ?? []).map(fromOption) }];
}

function finder(spec, place) {
  const { type } = spec;
  if (type.endsWith("external_select")) {
    return async (text) => {
      const answer = await place.surface.options({ block_id: place.blockId, action_id: spec.action_id, value: text });
      if (answer.failure) throw new Error(`${state.workspace.app.name} did not answer with choices. Type again in a moment.`);
      return groupsOf(answer);
    };
  }
  let all = groupsOf(spec);
  if (type.endsWith("users_select")) all = [{ options: state.workspace.people.filter((one) => !one.deleted).map((one) => fromUser(one.id)) }];
  if (type === "channels_select") all = [{ options: state.workspace.channels.map((one) => fromChannel(one.id)) }];
  return async (text) => all.map((group) => ({ ...group, options: matching(group.options, text) }));
}

function stateOf(spec, chosen) {
  const { type } = spec;
  const raw = chosen.map((option) => option.raw);
  if (type === "users_select") return { type, selected_user: raw[0] ?? null };
  if (type === "multi_users_select") return { type, selected_users: raw };
  if (type === "channels_select") return { type, selected_channel: raw[0] ?? null };
  return type.startsWith("multi_") ? { type, selected_options: raw } : { type, selected_option: raw[0] ?? null };
}

function chosenOf(kept) {
  if (kept.selected_user) return [fromUser(kept.selected_user)];
  if (kept.selected_users) return kept.selected_users.map(fromUser);
  if (kept.selected_channel) return [fromChannel(kept.selected_channel)];
  if (kept.selected_options) return kept.selected_options.map(fromOption);
  return kept.selected_option ? [fromOption(kept.selected_option)] : [];
}

/** Draws any select element. */
export function select(spec, place) {
  const kept = place.values.get(place.blockId, spec.action_id, spec.type) ?? initialState(spec);
  place.values.set(place.blockId, spec.action_id, kept);
  const isExternal = spec.type.endsWith("external_select");
  const node = chooser({
    isMulti: spec.type.startsWith("multi_"),
    most: spec.max_selected_items ?? Infinity,
    placeholder: spec.placeholder?.text ?? "Choose…",
    find: finder(spec, place),
    isRemote: isExternal,
    shortest: isExternal ? spec.min_query_length ?? MINIMUM_QUERY : 0,
    chosen: chosenOf(kept),
    isClearable: Boolean(place.labelId),
    labelId: place.labelId,
    errorId: place.errorId,
    onChange: (chosen) => {
      const next = stateOf(spec, chosen);
      place.values.set(place.blockId, spec.action_id, next);
      if (place.dispatches) press(spec, place, node, { selected: contentOf(next) });
    },
  });
  node.dataset.action = spec.action_id ?? "";
  return node;
}
