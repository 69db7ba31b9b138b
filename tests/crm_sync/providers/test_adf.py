"""ADF as it is in the wild: whatever can be read is read, whatever cannot is kept whole with the reason."""

import base64
import quopri
from datetime import UTC, datetime
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest

from crm_sync.lead_ports import LeadContext
from crm_sync.lead_words import moment_of
from crm_sync.providers.adf import read_adf
from crm_sync.providers.adf.mail import read_adf_mail
from followup.lead_facts import NewLead, ParseState
from followup.lead_needs import missing, need_of

STORE = LeadContext("Riverside Motors", ZoneInfo("America/Los_Angeles"))

GOOD = """<?xml version="1.0" encoding="UTF-8"?>
<?adf version="1.0"?>
<adf><prospect status="new">
<id sequence="1" source="AutoTrader">AT-991</id>
<requestdate>2026-11-20T09:30:00-08:00</requestdate>
<vehicle interest="buy" status="used"><year>2021</year><make>Honda</make><model>CR-V</model><stock>U1042</stock>
<price type="asking" currency="USD">28900</price></vehicle>
<vehicle interest="trade-in" status="used"><year>2015</year><make>Ford</make><model>Focus</model>
<vin>1FADP3F21FL123456</vin>
<odometer status="original" units="mi">88,120</odometer><condition>fair</condition></vehicle>
<customer><contact primarycontact="1">
<name part="first">Maria</name><name part="last">Alvarez</name>
<email preferredcontact="0">Maria.Alvarez@Example.com</email>
<phone type="fax">503-555-0100</phone><phone type="voice" time="day">(503) 555-0112</phone>
<phone type="cellphone" preferredcontact="1">503.555.0113</phone>
<address type="home"><street line="1">12 Oak St</street><city>Portland</city><regioncode>OR</regioncode>
<postalcode>97201</postalcode></address></contact>
<timeframe><description>within a week</description></timeframe>
<comments>Is it still available? &amp; what about the warranty</comments></customer>
<vendor><vendorname>Riverside Motors</vendorname></vendor>
<provider><name part="full">AutoTrader.com</name><service>Used car leads</service></provider>
</prospect></adf>"""


def the_lead(body: bytes | str, context: LeadContext = STORE) -> NewLead:
    reading = read_adf(body.encode() if isinstance(body, str) else body, context)
    assert len(reading.leads) == 1
    return reading.leads[0]


def test_a_well_formed_lead_is_read_whole() -> None:
    lead = the_lead(GOOD)
    assert lead.parse_state is ParseState.WHOLE
    assert (lead.provider, lead.external_id, lead.source) == ("AutoTrader.com", "AT-991", "Used car leads")
    assert lead.person.name == "Maria Alvarez"
    assert lead.person.phones == ("+15035550113", "+15035550112"), "the preferred first, no fax"
    assert lead.person.emails == ("maria.alvarez@example.com",)
    assert (lead.person.city, lead.person.region, lead.person.postal_code) == ("Portland", "OR", "97201")
    assert lead.department == "sales"
    assert lead.cars[0].spoken == "2021 Honda CR-V" and lead.cars[0].stock == "U1042"
    assert lead.trade_in is not None and lead.trade_in.miles == 88120 and lead.trade_in.condition == "fair"
    assert lead.requested_at == datetime(2026, 11, 20, 17, 30, tzinfo=UTC)
    assert lead.service.when == "within a week"
    assert "& what about" in lead.comments
    assert missing(lead) == ()


WRAPPED = {
    "declaration after the adf instruction": '<?ADF VERSION="1.0"?>\n' + GOOD,
    "no declaration at all": GOOD[GOOD.index("<adf>") :],
    "upper case": GOOD.replace("<adf>", "<ADF>").replace("</adf>", "</ADF>").replace("<?adf", "<?ADF"),
    "byte order mark": "\ufeff" + GOOD,
    "html around it": f"<!DOCTYPE html><html><body><p>New lead:</p><pre>{GOOD}</pre><br></body></html>",
    "html-escaped": "<html><body>"
    + GOOD.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;<br>")
    + "</body>",
    "escaped twice": GOOD.replace("&", "&amp;").replace("<", "&amp;lt;").replace(">", "&amp;gt;"),
    "words before and after": f"You have a new lead!\n\n{GOOD}\n\nDo not reply to this message.",
    "quoted-printable": quopri.encodestring(GOOD.encode()).decode(),
    "base64": base64.encodebytes(GOOD.encode()).decode(),
    "curly quotes": GOOD[GOOD.index("<adf>") :].replace('"', "\u201d"),
    "unescaped ampersand": GOOD.replace("&amp;", "&"),
    "unknown entity": GOOD.replace("&amp; what", "&nbsp;&amp; what"),
    "unclosed tags": GOOD.replace("</make>", "").replace("</timeframe>", "").replace("</contact>", ""),
    "unclosed to the end": GOOD.replace("</adf>", "").replace("</prospect>", "").replace("</provider>", ""),
    "a namespace": GOOD.replace("<adf>", '<adf xmlns="http://adfxml.info/adf">'),
    "html in the comments": GOOD.replace("Is it still", "<b>Is it<br>still"),
    "character data": GOOD.replace("Is it still available?", "<![CDATA[Is it still available? <3]]>"),
    "comment between": GOOD.replace("<customer>", "<!-- from the site --><customer>"),
    "NUL characters": GOOD.replace("Alvarez", "Alva\0rez"),
}


@pytest.mark.parametrize("body", WRAPPED.values(), ids=WRAPPED.keys())
def test_whatever_it_was_wrapped_in_the_same_lead_comes_out(body: str) -> None:
    lead = the_lead(body)
    assert lead.parse_state is not ParseState.RAW, lead.reason
    assert lead.person.name == "Maria Alvarez" and lead.person.phones[0] == "+15035550113"
    assert (lead.provider, lead.external_id) == ("AutoTrader.com", "AT-991")
    assert lead.cars[0].spoken == "2021 Honda CR-V"
    assert lead.trade_in is not None and lead.trade_in.vin == "1FADP3F21FL123456"
    assert "warranty" in lead.comments


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "cp1252", "utf-8-sig"])
def test_other_encodings_are_read(encoding: str) -> None:
    body = GOOD.replace("Alvarez", "Álvarez").replace("UTF-8", "ISO-8859-1" if encoding == "cp1252" else "UTF-8")
    assert the_lead(body.encode(encoding)).person.last_name == "Álvarez"


def test_several_prospects_in_one_file_are_several_leads() -> None:
    contact = "<contact><name part='full'>Lee, Sam</name><phone>5035550119</phone></contact>"
    second = f"<prospect><customer>{contact}</customer></prospect>"
    reading = read_adf(GOOD.replace("</adf>", f"{second}<prospect></prospect></adf>").encode(), STORE)
    assert [lead.person.name for lead in reading.leads] == ["Maria Alvarez", "Sam Lee"]


NAMES = {
    '<name part="full">Maria Elena Alvarez</name>': ("Maria", "Elena", "Alvarez"),
    "<name>Alvarez, Maria</name>": ("Maria", "", "Alvarez"),
    '<name part="first">Maria</name><name part="surname">Alvarez</name>': ("Maria", "", "Alvarez"),
    '<name part="first">Maria</name><name part="middle">E</name><name part="last">Alvarez</name>': (
        "Maria", "E", "Alvarez",
    ),
    '<name part="full">Prince</name>': ("Prince", "", ""),
    '<name part="full" type="business">Alvarez Plumbing LLC</name>': ("", "", "Alvarez Plumbing LLC"),
}  # fmt: skip


@pytest.mark.parametrize(("markup", "expected"), NAMES.items())
def test_names_in_all_their_parts(markup: str, expected: tuple[str, str, str]) -> None:
    body = f"<adf><prospect><customer><contact>{markup}<phone>5035550112</phone></contact></customer></prospect></adf>"
    person = the_lead(body).person
    assert (person.first_name, person.middle_name, person.last_name) == expected


TIMES = {
    "2026-11-20T09:30:00-08:00": 17, "2026-11-20T09:30:00-08:0": 17, "2026-11-20T09:30:00-0800": 17,
    "2026-11-20T09:30:00-8": 17, "2026-11-20 09:30:00": 17, "2026-11-20T17:30:00Z": 17, "11/20/2026 9:30 AM": 17,
    "2026-11-20T12:30:00.123-05:00": 17,
}  # fmt: skip


@pytest.mark.parametrize(("text", "hour"), TIMES.items())
def test_times_with_bad_offsets_are_understood(text: str, hour: int) -> None:
    assert moment_of(text, STORE.zone) == datetime(2026, 11, 20, hour, 30, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "soon", "2026-13-40T00:00", "0000-00-00", "9999999999", "2026-11-20T09:30-99:99"])
def test_a_time_that_is_none_stays_unknown(text: str) -> None:
    assert moment_of(text, STORE.zone) is None


def test_a_provider_that_put_itself_where_the_dealer_belongs_is_recognised() -> None:
    body = GOOD.replace(
        '<provider><name part="full">AutoTrader.com</name><service>Used car leads</service></provider>', ""
    )
    assert the_lead(body).provider == "AutoTrader", "the number's own source when the vendor is the store"
    assert the_lead(body.replace(">Riverside Motors<", ">CarsDirect Leads<")).provider == "CarsDirect Leads"
    assert the_lead(body.replace(">Riverside Motors<", ">RIVERSIDE MOTORS, INC<")).provider == "AutoTrader"


def test_a_service_lead_needs_no_vehicle_and_says_what_to_ask() -> None:
    lead = the_lead(
        "<adf><prospect><customer><contact><name part='first'>Ana</name><name part='last'>Ortega</name>"
        "<email>ana@example.com</email></contact><comments>How much for an oil change and brake inspection?"
        "\nPreferred Date: Tuesday morning</comments></customer></prospect></adf>"
    )
    assert (lead.department, lead.cars) == ("service", ())
    assert lead.service.when == "Tuesday morning" and "oil change" in lead.service.what
    asked = missing(lead)
    assert asked[0] == "a phone number"
    assert "the car’s year, make and model" in asked and "the VIN: an estimate needs it" in asked
    assert need_of(lead).startswith("How much for an oil change")


def test_a_service_scheduler_that_writes_interest_buy_is_still_service() -> None:
    body = GOOD.replace("Used car leads", "Service Appointment Request").replace("Is it still available?", "Hello")
    lead = the_lead(body)
    assert lead.department == "service" and lead.cars[0].interest == "service"


def test_a_buyer_who_mentions_an_inspection_is_a_buyer() -> None:
    assert (
        the_lead(GOOD.replace("Is it still available?", "Did it pass inspection? Any repairs?")).department == "sales"
    )


@pytest.mark.parametrize(
    ("service", "channel"),
    [("Live Chat", "chat"), ("SMS leads", "text"), ("Phone call tracking", "phone"), ("Used car leads", "adf")],
)
def test_a_chat_sent_on_as_adf_is_a_chat(service: str, channel: str) -> None:
    assert the_lead(GOOD.replace("Used car leads", service)).channel == channel


def test_a_resend_says_so() -> None:
    assert the_lead(GOOD.replace('status="new"', 'status="Resend"', 1)).resend


def test_a_number_nobody_can_dial_is_asked_about_and_not_dropped() -> None:
    lead = the_lead(GOOD.replace("(503) 555-0112", "call me").replace("503.555.0113", "12"))
    assert lead.person.phones == () and lead.person.unusable == ("call me", "12")
    assert any("“12” cannot be dialled" in each for each in missing(lead))


def test_card_numbers_and_hidden_characters_do_not_reach_the_lead() -> None:
    lead = the_lead(GOOD.replace("Is it still available?", "card 4111 1111 1111 1111 \u202egnp.exe\u200b"))
    assert "4111" not in lead.comments and "\u202e" not in lead.comments and "\u200b" not in lead.comments


@pytest.mark.parametrize("body", [b"", b"hello", b"\xff\xfe\xfa", b"<adf></adf>", b"<adf><prospect/></adf>", b"{}"])
def test_what_is_no_lead_is_kept_as_one_with_the_reason(body: bytes) -> None:
    lead = the_lead(body)
    assert lead.parse_state is ParseState.RAW and lead.reason
    assert missing(lead) == ("everything: the message could not be read, open it",)


def a_mail(**parts: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "leads@autotrader.test", "leads@riverside.test", "New lead"
    mail.set_content(parts.get("text", ""), cte=parts.get("cte", "quoted-printable"))
    if "html" in parts:
        mail.add_alternative(parts["html"], subtype="html")
    if "attached" in parts:
        mail.add_attachment(
            parts["attached"].encode(), maintype="application", subtype="octet-stream", filename="lead.xml"
        )
    return mail


ESCAPED = GOOD.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
MAILS = {
    "plain": a_mail(text=GOOD),
    "base64": a_mail(text=GOOD, cte="base64"),
    "only a page": a_mail(
        text="Your mail program shows no pages", html=f"<html><body><pre>{ESCAPED}</pre></body></html>"
    ),
    "attached": a_mail(text="See the attached lead", attached=GOOD),
    "forwarded": a_mail(text="> see below\n\n" + GOOD),
}


@pytest.mark.parametrize("mail", MAILS.values(), ids=MAILS.keys())
def test_a_mailed_lead_is_found_in_any_part(mail: EmailMessage) -> None:
    (lead,) = read_adf_mail(mail.as_bytes(), STORE).leads
    assert lead.person.name == "Maria Alvarez" and lead.external_id == "AT-991"


def test_a_mail_without_adf_is_a_lead_with_its_words() -> None:
    (lead,) = read_adf_mail(a_mail(text="Hi, do you have winter tires for a Golf?").as_bytes(), STORE).leads
    assert (lead.channel, lead.parse_state) == ("email", ParseState.RAW)
    assert "winter tires" in lead.comments and "leads@autotrader.test" in lead.comments
