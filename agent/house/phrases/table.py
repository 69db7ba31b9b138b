"""Everything the house agent says, once in each language it speaks."""

from __future__ import annotations

# key: (English, Spanish). A name in braces is filled in by whoever says it.
TABLE: dict[str, tuple[str, str]] = {
    # the call
    "greeting": (
        "Thanks for calling {store}. I'm the automated assistant.",
        "Gracias por llamar a {store}. Soy el asistente automático.",
    ),
    "help": ("How can I help you today?", "¿En qué le puedo ayudar?"),
    "more": ("Is there anything else I can help with?", "¿Hay algo más en que le pueda ayudar?"),
    "back": ("Sorry about that, I'm back.", "Disculpe, ya estoy de vuelta."),
    "back_where": ("Sorry about that, I'm back. Where were we?", "Disculpe, ya estoy de vuelta. ¿En qué estábamos?"),
    "given_back": ("I'm back with you. What else can I do?", "Ya estoy de vuelta con usted. ¿Qué más puedo hacer?"),
    "cut_off": ("Sorry, we were cut off for a moment.", "Disculpe, se cortó por un momento."),
    "still_there": ("Are you still there?", "¿Sigue ahí?"),
    "still_here": (
        "I'm still here. Take your time, or say representative for a person.",
        "Aquí sigo. Tómese su tiempo, o diga representante para hablar con una persona.",
    ),
    "let_you_go": (
        "I'll let you go for now. Please call back any time. Goodbye.",
        "Lo dejo por ahora. Llame cuando guste. Adiós.",
    ),
    "goodbye": ("Thanks for calling. Goodbye.", "Gracias por llamar. Adiós."),
    "wrong_number": (
        "No problem. You've reached {store}. Goodbye.",
        "No hay problema. Se comunicó con {store}. Adiós.",
    ),
    "take_time": ("Sure, take your time.", "Claro, tómese su tiempo."),
    "still_checking": ("One moment, I'm still checking.", "Un momento, sigo revisando."),
    "one_moment": ("One moment.", "Un momento."),
    "one_moment_please": ("One moment, please.", "Un momento, por favor."),
    "take_back": (
        "Sorry, let me correct myself: that isn't done yet.",
        "Disculpe, me corrijo: eso todavía no está hecho.",
    ),
    "speaking": ("Sure, let's speak English.", "Claro, hablemos en español."),
    "machine_yes": (
        "Yes, I'm an automated assistant, not a person. You can ask for a person at any time.",
        "Sí, soy un asistente automático, no una persona. Puede pedir una persona cuando guste.",
    ),
    "machine_no": (
        "No, I'm an automated assistant, not a person. You can ask for a person at any time.",
        "No, soy un asistente automático, no una persona. Puede pedir una persona cuando guste.",
    ),
    "machine": (
        "I'm an automated assistant, not a person. You can ask for a person at any time.",
        "Soy un asistente automático, no una persona. Puede pedir una persona cuando guste.",
    ),
    # not understood
    "missed": ("Sorry, I didn't catch that. {question}", "Disculpe, no le entendí. {question}"),
    "lost": ("Let me get a person to help.", "Permítame pasarle con una persona."),
    "hint_help": (
        "You can say things like: book an oil change, move my appointment, or talk to a person.",
        "Puede decir, por ejemplo: una cita para cambio de aceite, cambiar mi cita, o hablar con una persona.",
    ),
    "hint_need": (
        "For example: an oil change, a noise, or a warning light. What does the car need?",
        "Por ejemplo: un cambio de aceite, un ruido o una luz encendida. ¿Qué necesita el carro?",
    ),
    "hint_name": ("Please say your first and last name.", "Por favor diga su nombre y apellido."),
    "hint_phone": (
        "Please say the number one digit at a time, area code first.",
        "Por favor diga el número dígito por dígito, con el código de área primero.",
    ),
    "hint_vehicle": (
        "For example: a 2018 Honda Accord. What are you driving?",
        "Por ejemplo: un Honda Accord 2018. ¿Qué carro tiene?",
    ),
    "hint_when": (
        "For example: Tuesday morning, or the 15th at 9. What day works?",
        "Por ejemplo: el martes por la mañana, o el 15 a las 9. ¿Qué día le conviene?",
    ),
    "hint_transport": ("Will you wait here, or leave the car with us?", "¿Va a esperar aquí, o nos deja el carro?"),
    "hint_confirm": (
        "Please say yes to book it, or tell me what to change.",
        "Diga sí para reservarla, o dígame qué cambiar.",
    ),
    "hint_cancel": (
        "Please say yes to cancel it, or no to keep it.",
        "Diga sí para cancelarla, o no para conservarla.",
    ),
    "hint_vin": (
        "Please read the VIN one character at a time, or key in its last six digits.",
        "Por favor lea el VIN letra por letra, o marque sus últimos seis dígitos.",
    ),
    # who, which car
    "ask_name": ("Can I get your first and last name?", "¿Me da su nombre y apellido?"),
    "ask_first_name": ("And your first name?", "¿Y su nombre?"),
    "ask_last_name": ("Thanks, {first}. And your last name?", "Gracias, {first}. ¿Y su apellido?"),
    "ask_your_name": ("And your name?", "¿Y su nombre?"),
    "ask_phone": ("What's the best phone number for you?", "¿A qué número de teléfono le podemos llamar?"),
    "ask_callback_phone": (
        "What number can we call you back on?",
        "¿A qué número le podemos devolver la llamada?",
    ),
    "ask_reach_phone": ("What's the best number to reach you?", "¿Cuál es el mejor número para comunicarnos?"),
    "have_phone": ("I have {digits}.", "Anoté {digits}."),
    "short_phone": (
        "I got {digits}. What are the other digits?",
        "Anoté {digits}. ¿Cuáles son los demás dígitos?",
    ),
    "ask_vehicle": ("What year, make and model is it?", "¿De qué año, marca y modelo es?"),
    "ask_year": ("What year is it?", "¿De qué año es?"),
    "ask_model": ("What model is it?", "¿Qué modelo es?"),
    "ask_year_model": ("What year and model is it?", "¿De qué año y modelo es?"),
    "ask_year_of": ("What year is the {car}?", "¿De qué año es el {car}?"),
    "ask_vin": ("Sure. What's the VIN?", "Claro. ¿Cuál es el VIN?"),
    "have_vin": ("I have {vin}. Is that right?", "Anoté {vin}. ¿Es correcto?"),
    "vin_again": (
        "That doesn't come out right. Could you read the VIN again, one character at a time?",
        "No me sale bien. ¿Me lee el VIN otra vez, letra por letra?",
    ),
    "vin_more": ("I have {vin} so far. What comes next?", "Llevo {vin}. ¿Qué sigue?"),
    "vin_skipped": (
        "Let's leave the VIN for the advisor.",
        "Dejemos el VIN para el asesor.",
    ),
    "vin_noted": ("Got it.", "Anotado."),
    # a visit
    "ask_need": ("What can we do for your vehicle?", "¿Qué le hacemos a su vehículo?"),
    "ask_transport": (
        "Will you wait while we work on it, or drop it off?",
        "¿Va a esperar mientras lo atendemos, o nos lo deja?",
    ),
    "too_long_to_wait": (
        "That work takes too long to wait for, so it would be a drop-off.",
        "Ese trabajo tarda demasiado para esperar, así que tendría que dejarlo.",
    ),
    "do_not_drive": (
        "From what you describe, please don't drive it until we've looked at it.",
        "Por lo que me cuenta, por favor no lo maneje hasta que lo revisemos.",
    ),
    "nothing_suits": ("I can't find a time that suits you.", "No encuentro una hora que le convenga."),
    "what_to_change": (
        "What should I change: the day, the time, the work or the vehicle?",
        "¿Qué cambio: el día, la hora, el trabajo o el vehículo?",
    ),
    "read_back": (
        "So that's {when}, for {work}{car}{way}{name}. Shall I book it?",
        "Entonces sería {when}, para {work}{car}{way}{name}. ¿Se la reservo?",
    ),
    "your_visit": ("your visit", "su visita"),
    "on_the_car": (" on the {car}", " en el {car}"),
    "under_name": (", under {name}", ", a nombre de {name}"),
    "way_wait": (", while you wait", ", mientras espera"),
    "way_drop_off": (", as a drop-off", ", dejando el carro"),
    "way_shuttle": (", with a shuttle ride", ", con transporte"),
    "way_loaner": (", with a loaner car", ", con un carro prestado"),
    "way_rental": (", with a rental", ", con un carro de renta"),
    "way_pickup": (", with pickup", ", con recogida"),
    "no_wait": (
        "I don't have a waiting appointment then. Let me look at drop-off times.",
        "No tengo cita de espera entonces. Permítame ver horas para dejarlo.",
    ),
    "no_shuttle": (
        "I don't see the shuttle free then. Let me look without it.",
        "No veo transporte libre entonces. Permítame ver sin él.",
    ),
    "no_loaner": (
        "I don't see a loaner car free then. Let me look without one.",
        "No veo un carro prestado libre entonces. Permítame ver sin él.",
    ),
    "no_rental": (
        "I don't see a rental car free then. Let me look without one.",
        "No veo un carro de renta libre entonces. Permítame ver sin él.",
    ),
    "no_pickup": (
        "I can't arrange a pickup then. Let me look without one.",
        "No puedo arreglar la recogida entonces. Permítame ver sin ella.",
    ),
    "booking_it": ("One moment while I book that.", "Un momento, la estoy reservando."),
    "booked": ("You're booked for {when}.", "Queda reservado para {when}."),
    "looks_after": (" {advisor} will look after you.", " {advisor} le va a atender."),
    "confirmation": (" Your confirmation is {code}.", " Su confirmación es {code}."),
    "not_booked": ("I couldn't book that.", "No pude reservar eso."),
    # times
    "ask_when": ("What day and time would you like to come in?", "¿Qué día y a qué hora le gustaría venir?"),
    "ask_other_day": ("What other day would work for you?", "¿Qué otro día le conviene?"),
    "ask_better_time": (
        "All right. What day and time would work better?",
        "Está bien. ¿Qué día y hora le conviene más?",
    ),
    "ask_new_time": ("When would you like to come instead?", "¿Cuándo le gustaría venir entonces?"),
    "looking": ("Let me look at the schedule.", "Permítame ver la agenda."),
    "no_opening": ("I don't see an opening then.", "No veo lugar entonces."),
    "offers": ("I have {choices}. Which works best?", "Tengo {choices}. ¿Cuál le conviene más?"),
    "offer": ("I have {choices}. Does that work?", "Tengo {choices}. ¿Le conviene?"),
    "near_offers": (
        "I don't have exactly that. The closest I have is {choices}. Which works best?",
        "No tengo exactamente eso. Lo más cercano que tengo es {choices}. ¿Cuál le conviene más?",
    ),
    "near_offer": (
        "I don't have exactly that. The closest I have is {choices}. Does that work?",
        "No tengo exactamente eso. Lo más cercano que tengo es {choices}. ¿Le conviene?",
    ),
    # visits already booked
    "leave_it": ("Okay, I'll leave it as it is.", "Bien, la dejo como está."),
    "visits": ("I have you down for {visits}.", "Le tengo anotado para {visits}."),
    "visit_for": ("{when}, for {work}", "{when}, para {work}"),
    "which_visit": ("You have {visits}. Which one do you mean?", "Tiene {visits}. ¿A cuál se refiere?"),
    "one_detail": (
        "To look that up I need to check one detail. What's the ZIP code on your account, or the year and model of the "
        "car?",
        "Para buscarlo necesito verificar un dato. ¿Cuál es el código postal de su cuenta, o el año y modelo del "
        "carro?",
    ),
    "no_visit": (
        "I don't see an upcoming visit under that name and number.",
        "No veo una visita próxima con ese nombre y número.",
    ),
    "cancel_it": ("That's {visit}. Shall I cancel it?", "Es {visit}. ¿La cancelo?"),
    "booked_before": ("You're booked for {visit}.", "Tiene cita para {visit}."),
    "move_it": ("So I'd move you to {when}. Shall I do that?", "Entonces la cambiaría a {when}. ¿Lo hago?"),
    "moved": ("Done. You're now booked for {when}.", "Listo. Ahora tiene cita para {when}."),
    "moved_somewhere": (
        "That's done. You're moved to the new time.",
        "Listo. Su cita quedó en la nueva hora.",
    ),
    "not_moved": ("I couldn't move it.", "No pude cambiarla."),
    "cancelled": ("Okay, that visit is cancelled.", "Bien, esa visita queda cancelada."),
    "not_cancelled": ("I couldn't cancel it.", "No pude cancelarla."),
    # questions
    "no_fact": ("I don't have that in front of me.", "No tengo ese dato a la mano."),
    "no_quote": (
        "I can't quote a price myself. An advisor will go over it with you before any work starts.",
        "Yo no puedo dar precios. Un asesor se lo explicará antes de empezar cualquier trabajo.",
    ),
    "no_price": (
        "I don't have a price for that. An advisor will go over it before any work starts.",
        "No tengo precio para eso. Un asesor se lo explicará antes de empezar cualquier trabajo.",
    ),
    "want_estimate": (
        "Shall I have an advisor work out a price and call you?",
        "¿Quiere que un asesor calcule el precio y le llame?",
    ),
    "price": ("For {work}: {price}", "Para {work}: {price}"),
    "book_it": ("Would you like to book that?", "¿Quiere hacer la cita?"),
    "checking": ("Let me check on that.", "Permítame revisar."),
    "two_details": (
        "To look that up I need to check two details. What year, make and model is the car?",
        "Para buscarlo necesito verificar dos datos. ¿De qué año, marca y modelo es el carro?",
    ),
    "second_detail": (
        "And for privacy, the ZIP code on your account, or the repair order number?",
        "Y por privacidad, ¿el código postal de su cuenta, o el número de la orden de reparación?",
    ),
    "person_for_that": ("I need to get a person to help with that.", "Necesito que una persona le ayude con eso."),
    "no_order": (
        "I can't bring that up with those details.",
        "No puedo abrirlo con esos datos.",
    ),
    # the store, as its tools tell it
    "store_address": ("We're at {address}.", "Estamos en {address}."),
    "store_phone": ("The number here is {number}.", "Nuestro número es {number}."),
    "hours_of_week": ("{who} is open {days}.", "{who}: {days}."),
    "days_from_to": ("{first} to {last}", "{first} a {last}"),
    "days_open": ("{days} {spans}", "{days} {spans}"),
    "days_closed": ("closed {days}", "{days} cerrado"),
    "span": ("{opens} to {closes}", "de {opens} a {closes}"),
    "hours_differ": ("Today is {holiday}, so our hours are different.", "Hoy es {holiday}: el horario es distinto."),
    "we_are": ("We're", "Estamos"),
    "it_is": ("{who} is", "{who} está"),
    "day_open": ("{who} open {day}, {spans}{why}.", "{who} abierto {day}, {spans}{why}."),
    "day_closed": ("{who} closed {day}{why}.", "{who} cerrado {day}{why}."),
    "for_holiday": (", for {holiday}", ", por {holiday}"),
    "opens_again": ("We open again {when}.", "Volvemos a abrir {when}."),
    "open_now": ("We're open now, until {until}.", "Ahora está abierto, hasta {until}."),
    "closed_now": ("We're closed now.", "Ahora está cerrado."),
    "closed_until": ("We're closed now, and open again {when}.", "Ahora está cerrado, y abrimos {when}."),
    "car_status": ("Your {car} is {status}.", "Su {car} {status}."),
    "promised_for": ("It's promised for {when}.", "Está prometido para {when}."),
    "your_advisor": ("Your advisor is {advisor}.", "Su asesor es {advisor}."),
    "no_car_here": ("I don't see a car of yours in the shop right now.", "No veo un carro suyo en el taller ahora."),
    "status_scheduled": ("booked but not in yet", "tiene cita pero todavía no ha llegado"),
    "status_arrived": ("checked in", "ya está registrado"),
    "status_waiting_dispatch": ("checked in and waiting for a technician", "está registrado y espera a un técnico"),
    "status_in_shop": ("in the shop now", "está en el taller ahora"),
    "status_diagnosing": ("being diagnosed", "está en diagnóstico"),
    "status_awaiting_approval": (
        "waiting for your go-ahead; your advisor needs to speak with you",
        "espera su autorización; su asesor necesita hablar con usted",
    ),
    "status_awaiting_parts": ("waiting for parts", "está esperando piezas"),
    "status_on_hold": ("on hold", "está en pausa"),
    "status_quality_check": ("in its final check", "está en su revisión final"),
    "status_ready": ("ready to be picked up", "está listo para recogerse"),
    "status_invoiced": ("ready to be picked up", "está listo para recogerse"),
    "status_picked_up": ("picked up", "ya se recogió"),
    "status_closed": ("finished", "está terminado"),
    "status_unknown": ("being looked after", "está siendo atendido"),
    # people
    "safety": (
        "If you're driving, please pull over somewhere safe and don't drive it any further; it can be towed in. "
        "If anyone is in danger, call 911. I'm getting a person for you now.",
        "Si va manejando, por favor oríllese en un lugar seguro y no lo maneje más; se puede traer en grúa. "
        "Si alguien está en peligro, llame al 911. Le comunico con una persona ahora.",
    ),
    "of_course": ("Of course.", "Claro que sí."),
    "to_parts": ("Let me get you to parts.", "Le paso a refacciones."),
    "to_sales": ("Let me get you to sales.", "Le paso a ventas."),
    "getting_person": ("I'm getting someone for you now.", "Ya le estoy comunicando con alguien."),
    "connecting": (
        "Connecting you to {label} now. Please stay on the line.",
        "Le comunico con {label} ahora. Por favor no cuelgue.",
    ),
    "not_reached": (
        "I'm sorry, I couldn't reach {label}: {why}.",
        "Lo siento, no pude comunicarle con {label}: {why}.",
    ),
    "why_busy": ("the line is busy", "la línea está ocupada"),
    "why_no_answer": ("nobody picked up", "nadie contestó"),
    "why_declined": ("nobody is free right now", "nadie está libre en este momento"),
    "why_voicemail": ("I only got a voicemail", "solo contestó el buzón de voz"),
    "why_dropped": ("the line was cut off", "se cortó la llamada"),
    "why_failed": ("the line isn't working", "la línea no funciona"),
    "owner_calls": ("{owner} will call you back by {when}.", "{owner} le llamará antes de {when}."),
    "nobody_now": ("Nobody can pick up right now.", "Nadie puede contestar en este momento."),
    "note_left": ("I've left a note for the team.", "Le dejé una nota al equipo."),
    "ask_callback": ("What should they call you back about?", "¿Sobre qué le devolvemos la llamada?"),
    "ask_message": ("Sure. What's the message?", "Claro. ¿Cuál es el mensaje?"),
    "passed_on": ("I've passed that on.", "Ya pasé el recado."),
    "done": ("That's done.", "Listo."),
    "wish_noted": ("Okay, I've made a note of that.", "Bien, ya lo anoté."),
    # what tools answer, said in the caller's language
    "tool_promised": ("{owner} will call you back by {when}.", "{owner} le llamará antes de {when}."),
    "tool_promised_nobody": ("Someone will call you back by {when}.", "Alguien le llamará antes de {when}."),
    "tool_do_not_record": (
        "Understood. I'm stopping the recording, and what there is gets deleted.",
        "Entendido. Detengo la grabación, y lo grabado se borra.",
    ),
    "tool_do_not_contact": (
        "Understood. I've noted it, and the team will take you off our list.",
        "Entendido. Lo anoté, y el equipo le quitará de nuestra lista.",
    ),
    "tool_closed": ("They're closed right now.", "Está cerrado en este momento."),
    "tool_locked": (
        "I can't confirm those details over the phone, so I'll get a person to help you.",
        "No puedo confirmar esos datos por teléfono, así que le ayudará una persona.",
    ),
    "tool_slot_taken": ("That time was just taken.", "Esa hora se acaba de ocupar."),
    "tool_too_soon": ("That time is too soon for us now.", "Esa hora ya es demasiado pronto para nosotros."),
    "tool_not_waitable": (
        "That work takes longer than you'd want to wait, so it needs a drop-off.",
        "Ese trabajo tarda más de lo que querría esperar, así que hay que dejarlo.",
    ),
    "tool_already_cancelled": ("That visit was already cancelled.", "Esa visita ya estaba cancelada."),
    "tool_nothing_to_move": ("You're already booked for that time.", "Ya tiene cita a esa hora."),
    "tool_not_open_for_change": (
        "That visit has already started, so an advisor has to change it.",
        "Esa visita ya empezó, así que un asesor tiene que cambiarla.",
    ),
}
