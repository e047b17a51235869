"""A bad line: carries Ethernet frames between two interfaces, late and not all of them.

    python3 relay.py NEAR FAR DELAY_MS JITTER_MS LOSS_PERCENT SEED

Each direction delays each frame by DELAY_MS plus or minus JITTER_MS, so that frames overtake each
other, and drops LOSS_PERCENT of them. Stands in for `tc netem`, which not every kernel has. It is
Python because Node has no packet sockets. Prints "ready" once it carries, ends on SIGTERM, and then
prints how many frames it carried and dropped.
"""

import heapq
import random
import select
import signal
import socket
import sys
import time

ALL_PROTOCOLS = 3
SOL_PACKET = 263
PACKET_VNET_HDR = 15
# Kernels leave checksums to the card that is not there: the header says so, and passes it on.
VNET_HDR_BYTES = 10
FRAME_BYTES_MAX = 65536 + VNET_HDR_BYTES
BATCH = 64

carried = dropped = 0


def attach(interface):
    end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ALL_PROTOCOLS))
    end.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    end.bind((interface, 0))
    end.setblocking(False)
    return end


def finish(*_):
    print(carried, dropped, flush=True)
    sys.exit(0)


def relay(near, far, delay, jitter, loss, luck):
    global carried, dropped
    waiting = []
    while True:
        pause = max(0, waiting[0][0] - time.monotonic()) if waiting else 1
        readable, _, _ = select.select([near, far], [], [], pause)
        for end in readable:
            for _ in range(BATCH):
                try:
                    frame, origin = end.recvfrom(FRAME_BYTES_MAX)
                except BlockingIOError:
                    break
                if origin[2] == socket.PACKET_OUTGOING:
                    continue
                if luck.random() < loss:
                    dropped += 1
                    continue
                carried += 1
                due = time.monotonic() + delay + luck.uniform(-jitter, jitter)
                heapq.heappush(waiting, (due, carried, frame, far if end is near else near))
        while waiting and waiting[0][0] <= time.monotonic():
            _, _, frame, to = heapq.heappop(waiting)
            try:
                to.send(frame)
            except OSError:
                # The interface is down: a line that loses is what this is.
                dropped += 1


signal.signal(signal.SIGTERM, finish)
near, far = (attach(interface) for interface in sys.argv[1:3])
delay_ms, jitter_ms, loss_percent, seed = map(float, sys.argv[3:7])
print("ready", flush=True)
relay(near, far, delay_ms / 1000, jitter_ms / 1000, loss_percent / 100, random.Random(seed))
