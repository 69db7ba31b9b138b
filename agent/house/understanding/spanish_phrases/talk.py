"""Spanish small talk, wishes and alarms, with the English for them."""

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
alguien me llame; que alguien me llame; alguien me puede llamar; me llame alguien; me hablen; me marquen; que me marquen
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
"""
