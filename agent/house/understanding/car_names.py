"""Makes and models sold in the United States since 1990, and what people call them."""

from __future__ import annotations

_SOLD = """
Acura: CL, CSX, ILX, Integra, Legend, MDX, NSX, RDX, RL, RLX, RSX, SLX, TL, TLX, TSX, Vigor, ZDX, ADX
Alfa Romeo: 4C, Giulia, Stelvio, Tonale, Spider, 164
Aston Martin: DB7, DB9, DB11, DB12, DBX, Rapide, Vantage, Vanquish
Audi: 80, 90, 100, 200, A3, A4, A5, A6, A7, A8, Allroad, Cabriolet, e-tron, Q3, Q4 e-tron, Q5, Q6 e-tron, Q7, Q8,
  R8, RS3, RS4, RS5, RS6, RS7, S3, S4, S5, S6, S7, S8, SQ5, SQ7, SQ8, TT, TTS
Bentley: Arnage, Azure, Bentayga, Continental GT, Flying Spur, Mulsanne
BMW: 1 Series, 2 Series, 3 Series, 4 Series, 5 Series, 6 Series, 7 Series, 8 Series, i3, i4, i5, i7, i8, iX, M2, M3,
  M4, M5, M6, M8, X1, X2, X3, X4, X5, X6, X7, XM, Z3, Z4, Z8
Buick: Cascada, Century, Electra, Enclave, Encore, Encore GX, Envision, Envista, LaCrosse, LeSabre, Lucerne, Park
  Avenue, Rainier, Reatta, Regal, Rendezvous, Riviera, Roadmaster, Skylark, Terraza, Verano
Cadillac: Allante, ATS, Brougham, Catera, Celestiq, CT4, CT5, CT6, CTS, DeVille, DTS, Eldorado, ELR, Escalade,
  Escalade ESV, Escalade EXT, Fleetwood, Lyriq, Optiq, Seville, SRX, STS, Vistiq, XLR, XT4, XT5, XT6, XTS
Chevrolet: Astro, Avalanche, Aveo, Beretta, Blazer, Bolt, Bolt EUV, Camaro, Caprice, Captiva, Cavalier, City
  Express, Cobalt, Colorado, Corsica, Corvette, Cruze, Equinox, Express, HHR, Impala, Lumina, Malibu, Metro, Monte
  Carlo, Prizm, S-10, Silverado, Silverado 1500, Silverado 2500, Silverado 3500, Sonic, Spark, SS, SSR, Suburban,
  Tahoe, Tracker, TrailBlazer, Traverse, Trax, Uplander, Venture, Volt, Kodiak, Chevy Van, C1500, K1500, C10
Chrysler: 200, 300, 300M, 300C, Aspen, Cirrus, Concorde, Crossfire, Fifth Avenue, Imperial, LeBaron, LHS, New
  Yorker, Pacifica, Prowler, PT Cruiser, Sebring, Town & Country, Voyager
Daewoo: Lanos, Leganza, Nubira
Dodge: Avenger, Caliber, Caravan, Challenger, Charger, Colt, Dakota, Dart, Daytona, Durango, Dynasty, Grand Caravan,
  Hornet, Intrepid, Journey, Magnum, Monaco, Neon, Nitro, Ram 1500, Ram 2500, Ram 3500, Ram Van, Shadow, Spirit,
  Sprinter, Stealth, Stratus, Viper
Eagle: Premier, Summit, Talon, Vision
Ferrari: 296, 360, 430, 458, 488, 812, California, F8, Portofino, Purosangue, Roma
Fiat: 124 Spider, 500, 500e, 500L, 500X
Fisker: Karma, Ocean
Ford: Aerostar, Aspire, Bronco, Bronco II, Bronco Sport, C-Max, Contour, Crown Victoria, E-150, E-250, E-350,
  EcoSport, Edge, Escape, Escort, Excursion, Expedition, Explorer, Explorer Sport Trac, F-150, F-150 Lightning,
  F-250, F-350, F-450, F-550, Festiva, Fiesta, Five Hundred, Flex, Focus, Freestar, Freestyle, Fusion, GT, Maverick,
  Mustang, Mustang Mach-E, Probe, Ranger, Taurus, Taurus X, Tempo, Thunderbird, Transit, Transit Connect, Windstar,
  Super Duty
Genesis: Electrified GV70, G70, G80, G90, GV60, GV70, GV80
Geo: Metro, Prizm, Storm, Tracker
GMC: Acadia, Canyon, Envoy, Hummer EV, Jimmy, Safari, Savana, Sierra, Sierra 1500, Sierra 2500, Sierra 3500, Sonoma,
  Suburban, Terrain, Yukon, Yukon XL
Honda: Accord, Accord Crosstour, Civic, Clarity, CR-V, CR-Z, Crosstour, Del Sol, Element, Fit, HR-V, Insight,
  Odyssey, Passport, Pilot, Prelude, Prologue, Ridgeline, S2000
Hummer: H1, H2, H3
Hyundai: Accent, Azera, Elantra, Elantra GT, Entourage, Equus, Excel, Genesis, Genesis Coupe, i30, Ioniq, Ioniq 5,
  Ioniq 6, Ioniq 9, Kona, Nexo, Palisade, Santa Cruz, Santa Fe, Scoupe, Sonata, Tiburon, Tucson, Veloster, Venue,
  Veracruz, XG350
Infiniti: EX35, FX35, FX45, G20, G25, G35, G37, I30, I35, J30, JX35, M35, M37, M45, Q40, Q45, Q50, Q60, Q70, QX30,
  QX4, QX50, QX55, QX56, QX60, QX70, QX80
Isuzu: Amigo, Ascender, Axiom, Hombre, Oasis, Rodeo, Trooper, VehiCROSS
Jaguar: E-Pace, F-Pace, F-Type, I-Pace, S-Type, X-Type, XE, XF, XJ, XJ6, XJ8, XK, XK8, XJS
Jeep: Cherokee, CJ, Comanche, Commander, Compass, Gladiator, Grand Cherokee, Grand Cherokee L, Grand Wagoneer,
  Liberty, Patriot, Renegade, Wagoneer, Wrangler, Wrangler Unlimited
Kia: Amanti, Borrego, Cadenza, Carnival, EV6, EV9, Forte, K4, K5, K900, Niro, Optima, Rio, Rondo, Sedona, Seltos,
  Sephia, Sorento, Soul, Spectra, Sportage, Stinger, Telluride
Lamborghini: Aventador, Gallardo, Huracan, Murcielago, Urus
Land Rover: Defender, Discovery, Discovery Sport, Evoque, Freelander, LR2, LR3, LR4, Range Rover, Range Rover
  Evoque, Range Rover Sport, Range Rover Velar, Velar
Lexus: CT 200h, ES, ES 300, ES 330, ES 350, GS, GS 300, GS 350, GS 430, GX, GX 460, GX 470, GX 550, HS 250h, IS, IS
  250, IS 300, IS 350, LC, LC 500, LFA, LS, LS 400, LS 430, LS 460, LX, LX 470, LX 570, LX 600, NX, NX 200t, NX 300,
  NX 350, RC, RC 350, RX, RX 300, RX 330, RX 350, RX 450h, RX 500h, RZ, SC 300, SC 400, SC 430, TX, UX, UX 250h
Lincoln: Aviator, Blackwood, Continental, Corsair, LS, Mark LT, Mark VIII, MKC, MKS, MKT, MKX, MKZ, Nautilus,
  Navigator, Town Car, Zephyr
Lotus: Elise, Emira, Evora, Exige
Lucid: Air, Gravity
Maserati: Ghibli, GranTurismo, Grecale, Levante, Quattroporte, MC20
Mazda: 2, 3, 5, 6, 323, 626, 929, B2300, B3000, B4000, CX-3, CX-30, CX-5, CX-50, CX-7, CX-9, CX-70, CX-90, Mazda2,
  Mazda3, Mazda5, Mazda6, Mazdaspeed3, Millenia, MPV, MX-3, MX-30, MX-5 Miata, Miata, MX-6, Navajo, Protege, RX-7,
  RX-8, Tribute
McLaren: 570S, 600LT, 720S, Artura, GT
Mercedes-Benz: 190E, 300E, A-Class, B-Class, C-Class, CL-Class, CLA, CLK, CLS, E-Class, EQB, EQE, EQS, G-Class,
  G-Wagon, GL-Class, GLA, GLB, GLC, GLE, GLK, GLS, Metris, ML350, M-Class, R-Class, S-Class, SL-Class, SLK, SLC,
  SLR, Sprinter, AMG GT, C300, C250, C230, E350, E320, S550, ML320, GL450, CLA250, GLC300, GLE350
Mercury: Capri, Cougar, Grand Marquis, Marauder, Mariner, Milan, Montego, Monterey, Mountaineer, Mystique, Sable,
  Topaz, Tracer, Villager
Mini: Clubman, Convertible, Cooper, Cooper S, Countryman, Coupe, Hardtop, Paceman, Roadster
Mitsubishi: 3000GT, Diamante, Eclipse, Eclipse Cross, Endeavor, Expo, Galant, i-MiEV, Lancer, Lancer Evolution,
  Mirage, Montero, Montero Sport, Outlander, Outlander Sport, Raider
Nissan: 200SX, 240SX, 300ZX, 350Z, 370Z, Altima, Ariya, Armada, Axxess, Cube, Frontier, GT-R, Juke, Kicks, Leaf,
  Maxima, Murano, NV, NV200, NX, Pathfinder, Pulsar, Quest, Rogue, Rogue Sport, Sentra, Stanza, Titan, Titan XD,
  Versa, Versa Note, Xterra, Z
Oldsmobile: 88, 98, Achieva, Alero, Aurora, Bravada, Cutlass, Cutlass Ciera, Cutlass Supreme, Intrigue, LSS,
  Silhouette, Toronado
Plymouth: Acclaim, Breeze, Grand Voyager, Laser, Neon, Prowler, Sundance, Voyager
Polestar: Polestar 1, Polestar 2, Polestar 3, Polestar 4
Pontiac: Aztek, Bonneville, Firebird, Fiero, G3, G5, G6, G8, Grand Am, Grand Prix, GTO, LeMans, Montana, Solstice,
  Sunbird, Sunfire, Torrent, Trans Am, Trans Sport, Vibe
Porsche: 718, 911, 914, 928, 944, 968, Boxster, Carrera, Cayenne, Cayman, Macan, Panamera, Taycan
Ram: 1500, 2500, 3500, 4500, 5500, Cargo Van, Dakota, ProMaster, ProMaster City
Rivian: R1S, R1T, R2
Rolls-Royce: Cullinan, Dawn, Ghost, Phantom, Spectre, Wraith
Saab: 900, 9000, 9-2X, 9-3, 9-5, 9-7X
Saturn: Astra, Aura, Ion, L100, L200, L300, LS, LW, Outlook, Relay, SC, SC1, SC2, Sky, SL, SL1, SL2, SW, Vue
Scion: FR-S, iA, iM, iQ, tC, xA, xB, xD
Smart: Fortwo
Subaru: Ascent, Baja, BRZ, Crosstrek, Forester, Impreza, Impreza WRX, Justy, Legacy, Loyale, Outback, Solterra, SVX,
  Tribeca, WRX, WRX STI, XV
Suzuki: Aerio, Equator, Esteem, Forenza, Grand Vitara, Kizashi, Reno, Samurai, Sidekick, Swift, SX4, Verona, Vitara,
  XL-7
Tesla: Cybertruck, Model 3, Model S, Model X, Model Y, Roadster
Toyota: 4Runner, 86, Avalon, bZ4X, Camry, Camry Solara, Celica, C-HR, Corolla, Corolla Cross, Corolla iM, Cressida,
  Crown, Echo, FJ Cruiser, GR86, GR Corolla, Grand Highlander, Highlander, Land Cruiser, Matrix, Mirai, MR2, Paseo,
  Pickup, Previa, Prius, Prius C, Prius V, Prius Prime, RAV4, RAV4 Prime, Sequoia, Sienna, Solara, Supra, T100,
  Tacoma, Tercel, Tundra, Venza, Yaris
Volkswagen: Arteon, Atlas, Atlas Cross Sport, Beetle, Cabrio, Cabriolet, CC, Corrado, Eos, Eurovan, Fox, GLI, Golf,
  Golf R, GTI, ID.4, ID Buzz, Jetta, New Beetle, Passat, Phaeton, Rabbit, Routan, Taos, Tiguan, Touareg, Vanagon
Volvo: 240, 740, 760, 780, 850, 940, 960, C30, C40, C70, EX30, EX90, S40, S60, S70, S80, S90, V40, V50, V60, V70,
  V90, XC40, XC60, XC70, XC90
"""

MODELS: dict[str, tuple[str, ...]] = {
    line.split(":", 1)[0]: tuple(name.strip() for name in line.split(":", 1)[1].split(","))
    for line in _SOLD.replace("\n  ", " ").strip().splitlines()
}

CALLED: dict[str, str] = {
    "chevy": "Chevrolet",
    "chev": "Chevrolet",
    "chevvy": "Chevrolet",
    "shevy": "Chevrolet",
    "chevrolet": "Chevrolet",
    "vw": "Volkswagen",
    "v w": "Volkswagen",
    "volkswagon": "Volkswagen",
    "vee dub": "Volkswagen",
    "beamer": "BMW",
    "beemer": "BMW",
    "bimmer": "BMW",
    "b m w": "BMW",
    "bmw's": "BMW",
    "benz": "Mercedes-Benz",
    "mercedes": "Mercedes-Benz",
    "mercedes benz": "Mercedes-Benz",
    "merc": "Mercedes-Benz",
    "caddy": "Cadillac",
    "caddie": "Cadillac",
    "caddilac": "Cadillac",
    "cadilac": "Cadillac",
    "olds": "Oldsmobile",
    "land rover": "Land Rover",
    "landrover": "Land Rover",
    "range rover": "Land Rover",
    "rolls": "Rolls-Royce",
    "rolls royce": "Rolls-Royce",
    "alfa": "Alfa Romeo",
    "alfa romeo": "Alfa Romeo",
    "aston": "Aston Martin",
    "aston martin": "Aston Martin",
    "lambo": "Lamborghini",
    "jag": "Jaguar",
    "mitsu": "Mitsubishi",
    "subie": "Subaru",
    "subi": "Subaru",
    "infinity": "Infiniti",
    "hundai": "Hyundai",
    "hyunday": "Hyundai",
    "hyundia": "Hyundai",
    "hun day": "Hyundai",
    "porche": "Porsche",
    "g m c": "GMC",
    "jimmy": "GMC",
    "dodge ram": "Ram",
    "kea": "Kia",
    "toyoda": "Toyota",
    "yota": "Toyota",
    "mini cooper": "Mini",
    "mazzda": "Mazda",
    "accura": "Acura",
}

NICKNAMES: dict[str, tuple[str, str]] = {
    "vette": ("Chevrolet", "Corvette"),
    "stang": ("Ford", "Mustang"),
    "bug": ("Volkswagen", "Beetle"),
    "crown vic": ("Ford", "Crown Victoria"),
    "g wagon": ("Mercedes-Benz", "G-Class"),
    "evo": ("Mitsubishi", "Lancer Evolution"),
    "grand cherokee": ("Jeep", "Grand Cherokee"),
    "rover": ("Land Rover", "Range Rover"),
    "lightning": ("Ford", "F-150 Lightning"),
    "f one fifty": ("Ford", "F-150"),
    "half ton": ("Chevrolet", "Silverado 1500"),
    "mach e": ("Ford", "Mustang Mach-E"),
    "town and country": ("Chrysler", "Town & Country"),
    "super duty": ("Ford", "Super Duty"),
    "slingshot": ("Polaris", "Slingshot"),
}

# Models that are everyday words: alone they name a car only beside a year, "my", or a make.
EVERYDAY = frozenset(
    """accent accord air amigo ascent aspire astro aura aurora avenger beetle blazer bolt breeze bronco bug caliber
    canyon carnival catera century challenger charger cherokee civic clarity colt compass commander concorde
    contour convertible cooper corsair cougar coupe cube crown dakota dart dawn defender discovery eclipse echo
    edge element elite encore endeavor envision envoy equator escape escort excel excursion expedition explorer
    expo express fit flex focus forte fox freestyle frontier fusion gladiator ghost golf grand gravity highlander
    hornet horizon insight integra intrigue ion journey justy kicks kona laser leaf legacy legend liberty
    lightning lucerne lumina magnum mark matrix maverick metro milan mirage model monaco montana monterey
    navigator neon niro nitro note oasis ocean odyssey optima outback outlook pacifica paseo passport pathfinder
    patriot phantom pickup pilot polestar prelude premier prologue probe protege quest rabbit raider ranger regal
    relay renegade reno rio roadster rogue roma rover safari samurai savana seville shadow sierra silhouette sky
    solstice sonic soul spark spectra spider spirit sport sprinter ss stealth storm stinger suburban summit
    sundance swift talon taurus tempo terrain thunderbird titan tracer tracker transit traverse tribute vantage
    venture venue verona vibe viper vision volt voyager wrangler z gt half ton is es gs gx ls lx nx rx rc ux tx lc
    rz nv sc sl sw tt cl rl tl cc eos 1500 2500 3500 4500 5500 200 300 500 88 98 86 900 2 3 5 6 90 100 80 360 430
    626 929 240 740 850 940 960 164 911""".split()
)
