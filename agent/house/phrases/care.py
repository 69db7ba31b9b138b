"""What the house agent says of waiting lists, codes, details, upkeep, ordered parts and sales, in each language."""

from __future__ import annotations

CARE: dict[str, tuple[str, str]] = {
    "on_the_list": (
        "You're on the waiting list. If an earlier time comes free, someone will call you.",
        "Está en la lista de espera. Si se libera una hora más temprano, alguien le llamará.",
    ),
    "not_on_list": ("I couldn't put you on the list.", "No pude ponerle en la lista."),
    "ask_code": (
        "If there's a mobile number on file for you, a code is on its way to it. What are the six digits?",
        "Si hay un celular en su cuenta, va en camino un código. ¿Cuáles son los seis dígitos?",
    ),
    "no_code_here": (
        "I can't send a code here. I can check two details with you instead.",
        "Aquí no puedo enviar un código. En su lugar puedo verificar dos datos.",
    ),
    "code_wrong": ("That's not the code I have.", "Ese no es el código que tengo."),
    "code_right": ("Thank you, that's right.", "Gracias, es correcto."),
    "ask_detail": (
        "Sure. What should I change: the phone number, the email, the address or the name?",
        "Claro. ¿Qué cambio: el teléfono, el correo, la dirección o el nombre?",
    ),
    "ask_new_phone": ("What's the new phone number?", "¿Cuál es el nuevo número de teléfono?"),
    "ask_new_email": ("What's the email address?", "¿Cuál es el correo electrónico?"),
    "ask_new_address": (
        "What's the new address, with the ZIP code?",
        "¿Cuál es la nueva dirección, con el código postal?",
    ),
    "ask_new_name": ("How is the name spelled, first and last?", "¿Cómo se escribe el nombre y el apellido?"),
    "detail_ok": ("I have {detail}. Is that right?", "Anoté {detail}. ¿Es correcto?"),
    "detail_noted": (
        "Thanks, I've noted that, and someone will see it through.",
        "Gracias, ya lo anoté, y alguien le dará seguimiento.",
    ),
    "detail_left": ("Okay, I'll leave it as it is.", "Bien, lo dejo como está."),
    "due_for": ("The store's schedule says it is due for {work}.", "Según el programa de la tienda le toca: {work}."),
    "nothing_due": ("I see nothing due right now.", "No veo que le toque nada por ahora."),
    "part_in": ("The {part} is here.", "Ya llegó: {part}."),
    "part_coming": ("The {part} is not here yet.", "Todavía no llega: {part}."),
    "no_parts": ("I don't see parts on order for you.", "No veo piezas pedidas a su nombre."),
    "ask_drive_car": ("Which car would you like to drive?", "¿Qué carro le gustaría manejar?"),
    "ask_drive_when": ("When would you like to come in for it?", "¿Cuándo le gustaría venir?"),
    "ask_license": ("Do you have a valid driver's license?", "¿Tiene licencia de manejo vigente?"),
    "ask_trade_car": (
        "What year, make and model is the car you'd trade in?",
        "¿De qué año, marca y modelo es el carro que daría a cuenta?",
    ),
    "ask_miles": ("About how many miles are on it?", "¿Como cuántas millas tiene?"),
    "ask_condition": ("And what condition is it in?", "¿Y en qué condición está?"),
    "ask_owes": ("Is there a loan or lease on it?", "¿Tiene préstamo o arrendamiento?"),
    "ask_buy_what": (
        "What are you looking for: new or used, and which model?",
        "¿Qué busca: nuevo o usado, y qué modelo?",
    ),
}
