# Tells the CIB manager that its host decides, as the controller does; no tool does it.
import ctypes

lib = ctypes.CDLL("libcib.so.27")
lib.cib_new.restype = ctypes.c_void_p
cib = ctypes.c_void_p(lib.cib_new())
# cib_t: state, type, variant, call_id, call_timeout, variant_opaque, delegate_fn, notify_list, op_callback, cmds
cmds = ctypes.cast(cib.value + 56, ctypes.POINTER(ctypes.POINTER(ctypes.c_void_p)))[0]
signon = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int)(cmds[0])
assert signon(cib, b"session", 0) == 0
sync_call = 0x1000
none = ctypes.c_void_p()
code = lib.cib_internal_op(cib, b"cib_master", None, None, none, none, sync_call, None)
assert code == 0, code
