"""What the shop does, what it charges and who works there, in the caller's language; the store's own words stay."""

from __future__ import annotations

from agent.house.understanding.languages import Language
from agent.house.understanding.needs import Need, find_needs

_WORK: dict[Need, str] = {
    Need.OIL_CHANGE: "cambio de aceite",
    Need.OIL_LEAK: "revisión de fuga de aceite",
    Need.BRAKES: "revisión de frenos",
    Need.TIRES: "revisión de llantas",
    Need.TIRE_ROTATION: "rotación de llantas",
    Need.ALIGNMENT: "alineación",
    Need.BATTERY: "revisión de batería",
    Need.NO_START: "revisión de arranque",
    Need.CHECK_ENGINE: "diagnóstico de la luz del motor",
    Need.NOISE: "revisión de un ruido",
    Need.STALLS: "diagnóstico del motor",
    Need.AIR_CONDITIONING: "revisión del aire acondicionado",
    Need.HEATING: "revisión de la calefacción",
    Need.TRANSMISSION: "servicio de transmisión",
    Need.RECALL: "trabajo de recall",
    Need.STATE_INSPECTION: "inspección",
    Need.MAINTENANCE: "mantenimiento",
    Need.OVERHEATING: "revisión de sobrecalentamiento",
    Need.STEERING: "revisión de la dirección",
    Need.WIPERS: "limpiaparabrisas",
    Need.LIGHTS: "revisión de luces",
    Need.ELECTRICAL: "revisión eléctrica",
    Need.DETAILING: "limpieza a detalle",
    Need.KEYS: "llaves",
    Need.BODY: "carrocería",
    Need.GLASS: "cristales",
    Need.COOLANT: "servicio de anticongelante",
    Need.EXHAUST: "revisión del escape",
    Need.FUEL: "sistema de combustible",
    Need.TUNE_UP: "afinación",
    Need.FILTERS: "cambio de filtro",
    Need.LEAK: "revisión de una fuga",
    Need.DIAGNOSTIC: "diagnóstico",
}
_PRICES = (
    ("starting at ", "desde "),
    ("starts at ", "desde "),
    ("from ", "desde "),
    (" dollars and ", " dólares con "),
    (" dollars", " dólares"),
    (" cents", " centavos"),
    (" with up to ", " con hasta "),
    (" quarts", " cuartos"),
    (" for the first hour", " por la primera hora"),
    ("free of charge", "sin costo"),
    (" if it can be repaired", " si se puede reparar"),
    (" installed", " instalada"),
    ("the advisor confirms it after an inspection", "el asesor lo confirma después de revisarlo"),
    (" per axle", " por eje"),
    (" per tire", " por llanta"),
    (" plus tax", " más impuesto"),
)
_DEPARTMENTS = {
    "service": "servicio",
    "parts": "refacciones",
    "sales": "ventas",
    "cashier": "caja",
    "finance": "finanzas",
    "manager": "el gerente de servicio",
    "service_manager": "el gerente de servicio",
    "bdc": "la recepción",
    "reception": "la recepción",
    "operator": "la recepción",
    "body_shop": "carrocería",
}


def work_name(name: str, language: Language) -> str:
    """What the menu calls a job; a job nobody can name keeps the menu's words."""
    if language is Language.ENGLISH or not name:
        return name
    if name.lower().startswith("diagnos"):
        return _WORK[Need.DIAGNOSTIC]
    needs = find_needs(name)
    return _WORK.get(needs[0].need, name) if needs else name


def price_words(words: str, language: Language) -> str:
    """The store's price wording, its figures untouched."""
    if language is Language.SPANISH:
        for english, spanish in _PRICES:
            words = words.replace(english, spanish)
    return words


def department_label(key: str, label: str, language: Language) -> str:
    """What callers call a department."""
    return _DEPARTMENTS.get(key, label) if language is Language.SPANISH else label
