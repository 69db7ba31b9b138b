"""What people call a store about in Spanish: visits, hours, prices, how they get about."""

PHRASES = """
= waiting list
lista de espera; en la lista de espera; si se libera una hora; si se abre un espacio; si alguien cancela
= text me a code
mandeme un codigo; me manda un codigo; enviame un codigo; envieme un codigo; un codigo por mensaje; mandame un codigo
= my phone number has changed
cambie de numero; cambie de telefono; mi numero cambio; tengo un nuevo numero; actualizar mi numero; cambiar mi numero
actualizar mi telefono; cambiar mi telefono; tengo numero nuevo
= my email has changed
actualizar mi correo; cambiar mi correo; mi correo cambio; tengo un correo nuevo
= my address has changed
me mude; actualizar mi direccion; cambiar mi direccion; mi direccion cambio; nos mudamos
= what is my car due for
que le toca a mi carro; que le toca; que mantenimiento le toca; que servicio le toca; que le hace falta a mi carro
= is my part in
ya llego mi pieza; llego mi pieza; ya llegaron mis piezas; llegaron mis piezas; ya llego la pieza; ya llego mi parte
llego la pieza que pedi; la pieza que pedi; ya llego mi refaccion; ya llego mi pedido
= test drive
prueba de manejo; probar un carro; manejar un carro; una prueba de manejo
= trade in my car
dar a cuenta mi carro; dar mi carro a cuenta; cambiar mi carro por otro; entregar mi carro a cuenta
= appointment
una cita; cita; la cita; mi cita; citas; turno; un turno; una hora
= i want to book an appointment
hacer una cita; sacar una cita; agendar una cita; programar una cita; hacer cita; reservar una cita; pedir una cita
quiero una cita; quisiera una cita; necesito una cita; agendar; programar; quiero cita; necesito cita
concertar una cita; me gustaria una cita; me gustaria hacer una cita
= bring my car in
llevar mi carro; traer mi carro; llevar el carro; traer el carro; llevar mi coche; traer mi coche
llevar mi camioneta; traer mi camioneta; que revisen; que me revisen; que lo revisen; revisar
= reschedule my appointment
cambiar mi cita; cambiar la cita; mover mi cita; mover la cita; reprogramar; reprogramar mi cita; cambiar la fecha
cambiar el dia; cambiar la hora; pasar mi cita; posponer; aplazar; cambiar cita; reagendar; reagendar mi cita
= move it
moverla; cambiarla; pasarla
= cancel my appointment
cancelar; cancelar mi cita; cancelar la cita; cancele; cancelela; anular
= when is my appointment
cuando es mi cita; a que hora es mi cita; que dia es mi cita; confirmar mi cita; verificar mi cita; tengo una cita
tengo cita; para cuando es mi cita; ver mi cita
= is my car ready
esta listo; ya esta listo; esta lista; ya esta lista; como va mi carro; como va mi coche; como va mi camioneta
como esta mi carro; ya quedo; ya quedo mi carro; ya terminaron; el estado de mi carro; ya puedo recoger
puedo recoger; cuando va a estar
= what are your hours
a que hora abren; a que hora cierran; que horario tienen; horario; horarios; hasta que hora; a que hora
abren los domingos; abren el domingo; abren los sabados; abren el sabado; abren hoy; abren manana
trabajan los domingos; trabajan los sabados; trabajan hoy
cual es su horario; cuando abren; cuando cierran; estan abiertos; abren; cierran
= where are you located what is your address
donde estan; donde estan ubicados; la direccion; su direccion; cual es su direccion; donde queda
donde se encuentran; direccion; ubicacion; como llego
= how much
cuanto cuesta; cuanto cuestan; cuanto vale; cuanto sale; cuanto me cobran; cuanto cobran; cuanto es; cuanto seria
que precio; precio; precios; cuanto costaria; cotizacion; presupuesto; cuesta
= i'll wait
espero; voy a esperar; me espero; lo espero; esperare; esperar; esperando; aqui espero; yo espero; prefiero esperar
voy a esperarlo
= drop it off
lo dejo; voy a dejarlo; dejarlo; dejar el carro; se lo dejo; la dejo; dejarla; dejo el carro; lo voy a dejar
la voy a dejar; los voy a dejar; voy a dejarla; lo dejare; la dejare; lo dejamos; se la dejo; la dejamos
se los dejo; prefiero dejarlo; dejar mi carro; dejo mi carro
= shuttle
transporte; que me lleven; un aventon
= loaner car
carro prestado; un carro prestado; carro de cortesia; auto de cortesia
= rental car
carro rentado; carro de renta; rentar un carro
= come get it
que pasen por el; que lo recojan; recogerlo; que vengan por el
"""
