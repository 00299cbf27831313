# What clients from other hosts get of a CIB manager, message by message: good ones over TLS and without it, and bad ones.
# With an argument, also what only a manager bears that trusts no length.
import os
import re
import signal
import socket
import ssl
import struct
import subprocess
import sys
import time

signal.alarm(300)
CLEAR, TLS = 1234, 1235
USER = 'user="hacluster" password="secret"'
PRIMITIVE = '<primitive id="a" class="ocf" provider="heartbeat" type="Dummy"/>'


def connect(port):
    connection = socket.create_connection(("127.0.0.1", port))
    if port == CLEAR:
        return connection
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ADH@SECLEVEL=0")
    return context.wrap_socket(connection)


def header(length):
    return struct.pack("=IIQQIIII", 0xBADADBBD, 1, 1, 0, 40 + length, 40, 0, length)


def send(connection, text):
    text = text.encode() + b"\0"
    connection.sendall(header(len(text)))
    connection.sendall(text)


def read(connection, length):
    found = b""
    while len(found) < length:
        try:
            part = connection.recv(length - len(found))
        except OSError:
            part = b""
        if not part:
            return None
        found += part
    return found


def receive(connection):
    head = read(connection, 40)
    if head is None:
        return "closed"
    text = read(connection, struct.unpack("=IIQQIIII", head)[7])[:-1].decode()
    # a digest comes once a minute
    text = re.sub(' (digest|cib-last-written)="[^"]*"', "", text)
    return re.sub("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID", text)


def command(operation, words="", data=""):
    words = f'<cib_command t="cib" cib_op="{operation}" cib_callid="5" {words}>'
    return f"{words}<cib_calldata>{data}</cib_calldata></cib_command>"


def descriptors():
    manager = subprocess.check_output(["pidof", "pacemaker-based"], text=True).strip()
    return len(os.listdir(f"/proc/{manager}/fd"))


before = descriptors()
for port in [TLS, CLEAR]:
    print("port", port)
    good = connect(port)
    send(good, f'<cib_command op="authenticate" {USER} name="session"/>')
    print(receive(good))
    # what is sent without TLS while something else is read is lost by the reference
    for words in ['cib_section="resources"', 'cib_callopt="4096" cib_host="elsewhere" src="elsewhere" cib_update="true"']:
        send(good, command("cib_query", words))
        print(receive(good))
    send(good, '<cib_command cib_op="cib_query" cib_section="nodes"/>')
    print(receive(good))
    send(good, command("cib_create", 'cib_section="resources" cib_user="root"', PRIMITIVE))
    print(receive(good))
    send(good, command("cib_delete", 'cib_section="resources" cib_callopt="4096"', PRIMITIVE))
    print(receive(good))
    if port == TLS:
        send(good, '<cib_command cib_op="cib_notify" cib_notify_type="cib_diff_notify" cib_notify_activate="1"/>')
        send(good, command("cib_create", 'cib_section="resources"', PRIMITIVE))
        print(receive(good))
        print(receive(good))
        subprocess.run(["cibadmin", "-D", "-o", "resources", "-X", PRIMITIVE], check=True)
        print(receive(good))
        send(good, '<cib-command cib_op="cib_query" cib_callopt="0"/>')
        send(good, "no XML")
        send(good, command("cib_query", 'cib_section="resources"'))
        print(receive(good))
    good.close()

for text in [
    "<a/>",
    "no XML",
    '<cib_command op="register" user="hacluster" password="secret"/>',
    '<cib_command op="authenticate" user="hacluster"/>',
    '<cib_command op="authenticate" password="secret"/>',
    '<cib_command op="authenticate" user="hacluster" password="guessed"/>',
    '<cib_command op="authenticate" user="nobody" password="secret"/>',
    '<cib_command op="authenticate" user="no-such-user" password="secret"/>',
    command("cib_erase"),
]:
    for port in [TLS, CLEAR]:
        bad = connect(port)
        send(bad, text)
        print(text, port, receive(bad))

wild = [b"\xff" * 64, b"GET / HTTP/1.1\r\nHost: somewhere.example\r\n\r\n" * 4]
if len(sys.argv) > 1:
    wild += [header(length) + b"<" for length in [1 << 20, 1 << 30, (1 << 32) - 41]]
for bytes_ in wild:
    for port in [TLS, CLEAR]:
        bad = socket.create_connection(("127.0.0.1", port))
        bad.sendall(bytes_)
        if port == CLEAR:
            print(bytes_[:40], receive(bad))
        else:
            while read(bad, 1) is not None:
                pass
            print(bytes_[:40], "closed")

# more than there may be of those who say nothing
silent = [socket.create_connection(("127.0.0.1", port)) for port in [TLS, CLEAR]]
if len(sys.argv) > 1:
    silent += [socket.create_connection(("127.0.0.1", CLEAR)) for _ in range(66)]
late = connect(CLEAR)
send(late, f'<cib_command op="authenticate" {USER}/>')
print("late", receive(late))
print("silent", {receive(connection) for connection in silent})

if len(sys.argv) > 1:
    # more than a user may have at once, one after the other, and some that go before they are answered
    late.close()
    for port, count in [(TLS, 30), (CLEAR, 270)]:
        for _ in range(count):
            one = connect(port)
            send(one, f'<cib_command op="authenticate" {USER}/>')
            assert receive(one).startswith("<cib_result "), port
            one.close()
            connect(port).close()
    while descriptors() > before:
        time.sleep(0.1)
    print("all gone")
