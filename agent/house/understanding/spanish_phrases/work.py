"""Work on cars and what is wrong with them, in Spanish."""

PHRASES = """
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
= when i brake
cuando freno; al frenar
"""
