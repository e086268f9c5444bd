"""What addresses are made of, as parts of regular expressions (RE2)."""

from __future__ import annotations

from intake.redact import joint

# Letters of any script, as ranges: with \pL re2 makes expressions so large that it leaves its fast path. Left
# out are the blocks of punctuation, so that a typographic quotation mark ends an address.
ALPHA = r"a-z\x{c0}-\x{1fff}\x{2c00}-\x{2dff}\x{3040}-\x{fdff}\x{fe70}-\x{1ffff}\x{20000}-\x{3ffff}"
WORD = rf"{ALPHA}0-9_"
LABEL = rf"[{ALPHA}0-9][{WORD}-]*"
SAFE = joint.TOP
COMMON = (
    r"(?:com|net|org|edu|gov|mil|info|biz|name|io|app|dev|xyz|online|site|live|mail|email|example|test"
    r"|invalid|us|uk|de|fr|es|it|nl|be|pl|pt|br|mx|ca|ht|co|me|tv|eu|ch|at|se|no|dk|ie|in|ru|ua|cn|jp|au"
    r"|ar|bg|cl|cz|fi|gr|hk|hr|hu|id|ir|kr|lt|lv|nz|ro|rs|sk|th|tr|tw|vn|za)"
)
_TURNED = "moc. ten. gro. ude. vog. ofni. elpmaxe. tset. dilavni. ku. ue. ed. rf. se. lp. tp. rb. xm. ac. su. oc."
REVERSED = tuple(_TURNED.split())
