"""Offers, days and times of day, in Spanish."""

PHRASES = """
= in a week
en una semana; dentro de una semana; de hoy en ocho; de hoy en ocho dias
= a week from tomorrow
de manana en ocho; de manana en ocho dias
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
