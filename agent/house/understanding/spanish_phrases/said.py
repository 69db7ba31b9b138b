"""Names, numbers and the little words between them, in Spanish."""

PHRASES = """
= my car
mi carro; mi coche; mi auto; mi vehiculo; el carro; el coche; el auto; el vehiculo; carro; coche; auto; vehiculo
= my truck
mi camioneta; la camioneta; mi troca; la troca; camioneta; troca; la camioneta
= my name is
me llamo; mi nombre es; mi nombre completo es; soy; soy la senora; soy el senor; habla la senora
habla el senor; habla; le habla; a nombre de; el nombre es; a mi nombre
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
"""
