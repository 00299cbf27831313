# Prints what a subscriber is told of changes, made and refused.
import ctypes
import re
import signal
import subprocess

signal.alarm(20)
lib = ctypes.CDLL("libcib.so.27")
common = ctypes.CDLL("libcrmcommon.so.34")
glib = ctypes.CDLL("libglib-2.0.so.0")
lib.cib_new.restype = ctypes.c_void_p
common.dump_xml_unformatted.restype = ctypes.c_char_p
common.dump_xml_unformatted.argtypes = [ctypes.c_void_p]
cib = ctypes.c_void_p(lib.cib_new())
# cib_t: state, type, variant, call_id, call_timeout, variant_opaque, delegate_fn, notify_list, op_callback, cmds
cmds = ctypes.cast(cib.value + 56, ctypes.POINTER(ctypes.POINTER(ctypes.c_void_p)))[0]
CALLBACK = ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.c_void_p)
signon = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int)(cmds[0])
# cmds: signon, signon_raw, signoff, free, set_op_callback, add_notify_callback
subscribe = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, CALLBACK)(cmds[5])
done = False


@CALLBACK
def told(event, message):
    global done
    text = common.dump_xml_unformatted(message).decode()
    # a digest comes once a minute
    print(event.decode(), re.sub(' digest="[0-9a-f]*"', "", text))
    done = 'cib_op="cib_bump"' in text


assert signon(cib, b"session", 1) == 0
assert subscribe(cib, b"cib_diff_notify", told) == 0
changes = [
    ["-C", "-o", "resources", "-X", '<primitive id="bad"/>'],
    ["-M", "-X", '<cib epoch="0"/>'],
    ["-M", "-N", "-o", "resources", "-X", '<primitive id="a" color="blue"/>'],
    ["-C", "-o", "resources", "-X", '<primitive id="a" class="ocf" provider="heartbeat" type="Dummy"/>'],
    ["-B"],
]
for change in changes:
    ended = subprocess.run(["cibadmin", *change], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    print(*change, ended.returncode, flush=True)
while not done:
    glib.g_main_context_iteration(None, 1)
