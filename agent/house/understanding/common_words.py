"""Words that are not names when they follow "it's", "this is" or "I'm"."""

from __future__ import annotations

COMMON = frozenset(
    """a about above absolutely accident actually after afternoon again ago ahead all alright also always am an and
    angry another any anybody anymore anyone anything anyway anywhere appointment are aren't around as ask asking
    at available away awful awesome back bad be because been before being best better between big black blue body
    book booked booking both brake brakes bring broken brown but busy buy by bye call called calling came can
    can't cancel car cars certainly change check checking close closed color come coming complete confirm correct
    could couldn't course customer dead deal dealer dealership definitely did didn't different do does doesn't
    doing don't done down drive driving due early easy either else email engine enough ever every everybody
    everyone everything exactly excellent excited expensive far fast few fine finished first five fix flat for
    forward found four free from full fun funny gas get getting give glad go god goes going gone gonna good got
    gotta gray great green grey guess had half happy hard has hasn't have haven't having he he'd he'll he's hear
    heard hello help her here here's hers hey hi him his hold home honestly hope hot hour hours how however hurt i
    i'd i'll i'm i've if important in inside instead interested into is isn't it it's its itself jeep just keep
    keeps kind know last late later least leaking left less let let's light like line listen little long look
    looking lost lot loud love low made make makes making manager many may maybe me mean message might mine minute
    model moment money month more morning most much must my myself name named near need needs neither never new
    next nice night no nobody noise none noon nope not nothing now number of off oh oil ok okay old on once one
    only open or order other our ours out outside over own parked part parts people perfect phone pick please
    possible pretty price probably problem question quick quite ready real really reason recall record red
    regarding remember rep repair representative required reschedule return ridiculous right running said same
    saturday say saying schedule scheduled see seems sent service set several she she's shop should side silver
    simple since sir so some somebody someone something sometimes somewhere soon sorry sounds speak speaking spell
    spelled start started starting stay still stop stranded stuck such sunday sure take taking talk talking tell
    terrible text than thank thanks that that's the their them then there there's these they they're thing things
    think this those three through time times tire tires to today together tomorrow tonight too took towed tow
    truck try trying turn twice two type uh um unbelievable under understand until unfortunately up upset urgent
    us use used usually van vehicle very wait waiting want wanted wants warranty was wasn't way we we'd we'll
    we're we've week weird well went were what what's when where which while white who who's why will with without
    woman won't wonderful work working works worried would wouldn't wrong year years yeah yellow yep yes yesterday
    yet you you'd you'll you're you've your yours yourself zero actual smoke smoking hurry fire emergency driver
    owner husband wife mother father son daughter friend robot computer machine human person bot assistant ai real
    spanish english transfer directions address location hello? afraid able unable concerned frustrated furious
    disappointed annoyed tired confused curious wondering overheating shaking vibrating lady guy man male female
    single married retired local nearby across street road intelligent auto toyota honda ford chevy chevrolet
    dodge nissan hyundai kia subaru mazda bmw audi lexus acura buick gmc volkswagen volvo corolla camry civic
    accord fine, ma'am sir. please. your full letters letter capital apostrophe per also via plus minus due around
    etc such whatever whichever neither cool hmm huh ah aha yup nah wow gosh that'd it'll what're how's making
    covered included enough better worse gonna wanna gotta okay.""".split()
)
