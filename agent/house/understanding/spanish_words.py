"""What callers say in Spanish about cars and visits, each with the English this package reads."""

from __future__ import annotations

# Longest match wins; accents are not looked at. The English after =, then the Spanish ways of saying it.
PHRASES = """
= hello
hola; buenos dias; buenas tardes; buenas noches; bueno; buenas; alo
= yes
si; si claro; si por favor; claro; claro que si; por supuesto; correcto; exacto; asi es; eso es; de acuerdo
esta bien; perfecto; vale; andale; orale; esta correcto; me parece bien; me parece; me queda bien; me conviene
me sirve; sale; bueno si; ese esta bien; esa esta bien; si esta bien; si perfecto; si es correcto; adelante; ok
= yes thanks
si gracias
= no thanks
no gracias
= i don't know
no se; no lo se; no se bien; no me acuerdo; no recuerdo; no lo tengo; no estoy seguro; no estoy segura
= no i can't
no puedo; yo no puedo
= no i don't want that
no quiero; no lo quiero; no la quiero
= no that doesn't work
no me queda; no me sirve; no me conviene; ese no; esa no; ninguno; ninguna; no esta bien; incorrecto; no es correcto
mejor no; no asi no
= maybe
tal vez; quiza; quizas; a lo mejor; depende
= thanks
gracias; muchas gracias; mil gracias; muy amable
= goodbye
adios; hasta luego; hasta pronto; nos vemos; que tenga buen dia; que le vaya bien; bye
= no that's all
eso es todo; es todo; seria todo; nada mas; ya es todo; ya nada mas; no nada mas; no eso es todo; no es todo
todo bien
= please
por favor
= hold on
un momento; un segundo; espere; espereme; espere un momento; deme un momento; permitame; un ratito
= say that again
como; como dijo; perdon; mande; que dijo; repita; repitalo; otra vez; de nuevo; puede repetir; me lo repite
me puede repetir; no le escuche; no escuche; no le entendi; no entendi; mas despacio
= no i meant
ya no; mas bien; mejor dicho; me equivoque; no perdon; perdon no; digo; quise decir; corrijo; no espere
= actually
en lugar de eso; en vez de eso; mejor
= that's wrong
me confundi; esta mal; esta equivocado
= are you a robot
es usted un robot; eres un robot; es una maquina; hablo con una maquina; es una grabacion
estoy hablando con un robot
= in spanish
habla espanol; habla usted espanol; hablan espanol; alguien que hable espanol; en espanol
= in english
habla ingles; en ingles; hablan ingles
= are you a real person
es una persona; es usted una persona; es persona real; es una persona de verdad
= speak to
hablar con; comuniqueme con; comunicame con; pasame con; paseme con; me comunica con; me pasa con
me puede comunicar con; me puede pasar con; quiero hablar con; puedo hablar con; necesito hablar con
quisiera hablar con; me gustaria hablar con
= a person
una persona; alguien; un agente; un humano; un asesor; una asesora; persona; una senorita
= a real person
una persona real; una persona de verdad; alguien de verdad
= representative
un representante; una representante; representante; agente; asesor
= operator
operador; operadora
= the manager
el gerente; la gerente; el encargado; el supervisor; el jefe; gerente; supervisor
= a representative
servicio al cliente
= parts department
refacciones; repuestos; partes; piezas; el departamento de refacciones; el departamento de partes
departamento de partes; departamento de refacciones
= sales department
ventas; el departamento de ventas; departamento de ventas; un vendedor
= buy a new car
comprar un carro; comprar un coche; comprar una camioneta; comprar un auto; carro nuevo; carros nuevos
carros usados; carro usado
= call me back
devuelvame la llamada; devolverme la llamada; me pueden llamar; me puede llamar; me llamen; que me llamen
que me hable; que me hablen; llameme; llamenme; regresarme la llamada; alguien que me llame
= leave a message
dejar un mensaje; dejar un recado; dejar mensaje; dejar recado; deja un mensaje; un recado; tomar un mensaje
= stop calling me
no me llamen; no me llamen mas; ya no me llamen; dejen de llamarme; dejen de llamar; quiteme de la lista
quitenme de su lista; no me manden mensajes; no me manden mas mensajes; borren mi numero
= don't record this call
no grabe; no graben; no me graben; no quiero que me graben; no grabe la llamada; no quiero que graben
= complaint
queja; quejarme; quiero poner una queja; una queja; reclamo; reclamar
= this is ridiculous unacceptable
es ridiculo; que ridiculo; es una ridiculez; estoy harto; estoy harta; que porqueria; pesimo servicio; mal servicio
estoy enojado; estoy enojada; estoy molesto; estoy molesta; inaceptable; es una estafa; me robaron; un abogado
demandar
= wrong number
numero equivocado; me equivoque de numero; marque mal; numero incorrecto
= brakes failed
no frena; no frenan; ya no frena; los frenos no funcionan; los frenos no sirven; me quede sin frenos
no tengo frenos; fallaron los frenos; los frenos fallaron; no me frena; se me fueron los frenos
el pedal se va hasta el fondo; no puedo frenar
= smoke coming from the hood
sale humo; esta saliendo humo; hay humo; echa humo; esta echando humo; saca humo; humo del motor; humo del cofre
echando humo; humo
= smell of gasoline
huele a gasolina; olor a gasolina; fuga de gasolina; tira gasolina; gotea gasolina; esta tirando gasolina
= burning smell
huele a quemado; olor a quemado
= on fire
se esta quemando; se incendio; se prendio fuego; esta en llamas; fuego; se esta incendiando
= steering locked
no puedo mover el volante; se trabo el volante; el volante no gira; se bloqueo la direccion
la direccion no responde; no responde el volante
= airbag
la bolsa de aire; bolsas de aire; luz de la bolsa de aire
= overheating
se sobrecalienta; sobrecalentado; sobrecalentando; se esta calentando mucho; se calienta; se calienta mucho
se esta sobrecalentando; se me calento; esta hirviendo
= check engine light is flashing
luz del motor parpadea; luz del motor esta parpadeando; luz del motor parpadeando; la luz del motor parpadea
check engine parpadeando
= stranded
me quede varado; estoy varado; estoy varada; me quede varada; me quede tirado; me quede tirada; estoy tirado
estoy parado en la carretera; estoy en la carretera; a un lado de la carretera; en la orilla de la carretera
= tow truck
una grua; grua; la grua; remolque
= had an accident
tuve un accidente; tuvimos un accidente; choque; me chocaron; acabo de chocar; un accidente
= emergency
emergencia; una emergencia; es urgente
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
se los dejo; prefiero dejarlo; dejar mi carro; dejo mi carro
= shuttle
transporte; que me lleven; un aventon
= loaner car
carro prestado; un carro prestado; carro de cortesia; auto de cortesia
= rental car
carro rentado; carro de renta; rentar un carro
= come get it
que pasen por el; que lo recojan; recogerlo; que vengan por el
= oil change
cambio de aceite; cambiar el aceite; cambiarle el aceite; cambiar aceite; cambien el aceite; aceite y filtro
= oil
aceite
= oil leak
fuga de aceite; tira aceite; gotea aceite; esta tirando aceite; pierde aceite; se sale el aceite
esta goteando aceite
= leak
fuga; gotea; goteando; tirando agua; tira agua
= brakes
frenos; los frenos; freno; balatas; pastillas de freno; las balatas
= squeal
rechinan; rechina; chillan; chilla; rechinando; chirrian; rechinido
= tires
llantas; las llantas; llanta; neumaticos; gomas; cauchos; la llanta
= flat tire
llanta ponchada; llanta desinflada; se me poncho una llanta; ponchadura; ponchada; llanta baja; se poncho
goma pinchada
= new tires
llantas nuevas
= tire rotation
rotacion de llantas; rotar las llantas; rotar llantas; rotacion
= alignment
alineacion; alinear; balanceo; jala a un lado; se va para un lado; se jala; se va de lado
= battery
bateria; la bateria; acumulador; pila; el acumulador
= won't start
no arranca; no prende; no enciende; no quiere arrancar; no quiere prender; no me arranca; no me prende
no quiere encender
= check engine light
luz del motor; la luz del motor; luz de check engine; check engine; se prendio la luz del motor; testigo del motor
luz de check
= warning light
una luz en el tablero; luz en el tablero; luces en el tablero; una luz prendida; testigo
= noise
ruido; un ruido; ruidos; hace ruido; suena; suena raro; sonido; hace un ruido
= knocking
golpeteo; golpea
= vibration
vibra; vibracion; tiembla
= stalls
se apaga; se me apaga; se para; se queda parado; se ahoga
= air conditioning
aire acondicionado; el aire; el clima; no enfria; el aire no enfria; aire
= heater
calefaccion; no calienta; calentador
= transmission
transmision; caja de cambios; la caja; embrague; clutch
= recall
retiro; aviso de retiro; carta de recall; recall; llamado a revision; recolta
= inspection
inspeccion; verificacion; smog; verificacion vehicular
= maintenance service
mantenimiento; servicio de rutina; servicio; el servicio; mantenimiento de rutina; le toca servicio
= steering
direccion hidraulica; el volante; volante; suspension; amortiguadores
= wipers
limpiaparabrisas; plumas limpiaparabrisas; las plumas; limpiadores; wipers
= headlight out
faros; focos; luces; luz trasera; las luces; foco fundido; un foco
= electrical
electrico; problema electrico
= key fob
llave; control remoto; llaves
= windshield glass
parabrisas; vidrio; cristal
= dent
golpe; abolladura; pintura; raspon
= coolant
anticongelante; radiador; refrigerante
= muffler
escape; mofle; silenciador
= tune up
afinacion; tune up; una afinacion
= air filter
filtro de aire; filtro
= diagnostic
diagnostico
= something wrong
problema; un problema; algo anda mal; algo esta mal; falla; fallando; tiene una falla; esta fallando
= my car
mi carro; mi coche; mi auto; mi vehiculo; el carro; el coche; el auto; el vehiculo; carro; coche; auto; vehiculo
= my truck
mi camioneta; la camioneta; mi troca; la troca; camioneta; troca; la camioneta
= my name is
me llamo; mi nombre es; mi nombre completo es; soy; habla; le habla; a nombre de; el nombre es; a mi nombre
se llama
= last name is
mi apellido es; apellido; el apellido es; apellidos
= my number is
mi numero es; el numero es; mi telefono es; el telefono es; mi numero de telefono es; mi celular es; mi cel es
numero; telefono; celular; al numero; mi numero
= area code
codigo de area; area
= zip code
codigo postal; el codigo postal es
= repair order
orden de reparacion; numero de orden; la orden
= plate number is
placas; placa; mi placa es; mis placas son
= double
doble
= triple
triple
= the vin is
el vin; mi vin; numero de serie; el numero de serie; el vin es; numero de vin
= that's correct
es correcto
= it's a
tengo un; tengo una; es un; es una; manejo un; manejo una; traigo un; traigo una; de un; para un; para una; para mi
= year
del ano; modelo; ano; el ano es; es modelo; es del; es ano; es del ano
= i need
quiero; quisiera; necesito; me gustaria; ocupo; deseo
= can you
puedo; podria; se puede; pueden; puede; podrian
= do you have
tienen; tiene; hay; habra
= available
disponible; espacio; lugar; campo; disponibilidad
= with
con
= and
y
= or
o; u
= but
pero
= for
para; por
= in
en
= of
de; del
= is
es; esta; son; seria
= makes
hace
=
el; la; los; las; lo; un; una; unos; unas; al; a; que; se; le; me; mi; su; tambien; pues; este; esto; eso; ya; muy
favor
=
cuando; cual; donde; como
= when i brake
cuando freno; al frenar
= something later
algo mas tarde; mas tarde; despues de eso; mas tardecito
= something earlier
mas temprano; antes de eso; mas pronto; algo mas temprano
= the first one
el primero; la primera; el primer; primero; la primera hora; la primera opcion
= the second one
el segundo; la segunda; la segunda opcion
= the third one
el tercero; la tercera; la tercera opcion
= the last one
el ultimo; la ultima
= either
cualquiera; cualquiera esta bien; el que sea; la que sea; me da igual; da igual; lo que sea; como sea
= as soon as possible
lo antes posible; lo mas pronto posible; cuanto antes; lo mas pronto; en cuanto puedan; urgente
lo mas temprano posible; la mas temprana
= any day
cualquier dia; el dia que sea; cuando sea; cuando puedan; cualquier hora; a cualquier hora
= today
hoy; hoy mismo; el dia de hoy
= tomorrow
manana; el dia de manana
= the day after tomorrow
pasado manana
= tomorrow morning
manana por la manana; manana en la manana; manana temprano; manana a primera hora; manana por la manana temprano
= tomorrow afternoon
manana por la tarde; manana en la tarde
= tomorrow evening
manana por la noche; manana en la noche
= this morning
esta manana; hoy en la manana; hoy por la manana
= this afternoon
esta tarde; hoy en la tarde; hoy por la tarde
= tonight
esta noche; hoy en la noche; hoy por la noche
= in the morning
por la manana; en la manana; de la manana; en las mananas; por las mananas; temprano; temprano en la manana
de manana
= in the afternoon
por la tarde; en la tarde; de la tarde; en las tardes; por las tardes; tarde
= in the evening
por la noche; en la noche; de la noche
= before noon
antes del mediodia; antes de mediodia; antes del medio dia
= after noon
despues del mediodia; despues de mediodia
= first thing in the morning
a primera hora; temprano por la manana; lo primero; a primera hora de la manana; cuando abran
= at noon
al mediodia; a mediodia; mediodia; medio dia; a medio dia; del mediodia
= after 5 pm
despues del trabajo; saliendo del trabajo
= this week
esta semana
= next week
la proxima semana; la semana que viene; la semana proxima; la semana entrante; proxima semana; semana que viene
la otra semana; la siguiente semana
= next month
el proximo mes; el mes que viene; el mes proximo
= this weekend
fin de semana; el fin de semana; este fin de semana
= next weekend
el proximo fin de semana; el fin de semana que viene
= end of the month
fin de mes; a fin de mes; a fines de mes; a finales de mes
= after
despues de las; despues de la; a partir de las; a partir de la; pasadas las; despues
= before
antes de las; antes de la; antes del; antes de; antes
= between
entre las; entre la; entre
= around
como a las; como a la; alrededor de las; a eso de las; mas o menos a las; cerca de las; como las
= at
a las; a la; las
= until
hasta las; hasta la; hasta
= from
desde las; desde la; desde
= in
dentro de
= weeks
semanas; semana
= days
dias
=
horas; hora
= o'clock
en punto
= christmas
navidad; la navidad
= christmas eve
nochebuena
= new year's day
ano nuevo
= thanksgiving
dia de accion de gracias; accion de gracias
= july 4th
el cuatro de julio; cuatro de julio
= no
no
= english
ingles
= spanish
espanol
"""
