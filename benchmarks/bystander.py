"""Another client of a cache server, which asks for one key again and again; prints how long each answer took.

`python -m benchmarks.bystander HOST PORT USER PASSWORD` says `ready`, asks until a line comes, and prints JSON: ms.
"""

import json
import select
import socket
import sys
import time


def main(host: str, port: int, user: str, password: str) -> None:
    """Asks on a plain socket, so that only the server is measured."""
    server = socket.create_connection((host, port))
    server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    server.sendall(f"AUTH {user} {password}\r\n".encode())
    server.recv(100)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    took = []
    while not select.select([sys.stdin], [], [], 0)[0]:
        started = time.perf_counter()
        server.sendall(b"GET bystander\r\n")
        server.recv(100)
        took.append((time.perf_counter() - started) * 1000)
        time.sleep(0.0002)
    sys.stdout.write(json.dumps(took) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4])
