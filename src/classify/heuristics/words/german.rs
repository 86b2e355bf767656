use super::super::rule::{
    Kind::{
        Coding, ComputerUse, Constraint, Creative, Depth, Filler, General, Knowledge, Language,
        Math, Personal, Possessive, Reasoning, Science,
    },
    Place::{Anywhere, Clause, Lead, Opening, Owned, Transform},
    Rule, rule,
};

pub(super) const RULES: &[Rule] = &[
    rule(
        "German: common words",
        Language,
        Anywhere,
        0.0,
        "der, das, und, ist, nicht, ein, eine, einen, ich, du, sie, wir, mit, auf, von, zu, \
         den, dem, für, wie, wer, wann, warum, mir, mein, meine, bitte, wenn, auch, sind, \
         wird, aus, bei, oder, nach, zum, einem, einer, schreib, welche, welcher, eines, \
         kein, keine, nur, noch, diese, dieser, dieses, kann, kannst, über, unter, als, \
         hier, heute, dir, sich, vom, mach, öffne, um, beim, ihr, wieder, meinen, meinem",
    ),
    rule(
        "German: filler",
        Filler,
        Anywhere,
        0.0,
        "bitte, kannst, kannst du, können, könntest, könnten, du, sie, mir, mal, ich, \
         brauche, möchte, und, danach, dann, wir, uns, hilf, den, die, das, einen, eine, ein",
    ),
    rule(
        "German: possessive",
        Possessive,
        Anywhere,
        0.0,
        "mein, meine, meinen, meinem, meiner, meines, habe ich, hab ich, unser, unsere, \
         unseren",
    ),
    rule(
        "German: programming",
        Coding,
        Anywhere,
        1.5,
        "programmier*, funktion schreiben, datenbank*, skript*, quellcode, quelltext, \
         fehlermeldung*, schleife*, klasse*, methode, schnittstelle*, absturz, stürzt*, \
         speicher*, zeilenweise, kompilier*, code, variable*, dienste, algorithmus, \
         sortieralgorithmus, rekursiv*, zeiger, abfrage, bibliothek einbinden, einlesen, \
         server, programm, testfälle, befehl",
    ),
    rule(
        "German: mathematics",
        Math,
        Anywhere,
        1.8,
        "ableitung*, ableiten, integral*, integrier*, gleichung*, berechne*, \
         wahrscheinlichkeit*, beweis*, matrix, matrizen, extremstelle*, nullstelle*, \
         dreieck*, flächeninhalt, umfang, wurzel*, prozent*, bruch, brüche, wie viel sind, \
         wie viel ist, primzahl*, teilbar*, vektor*, grenzwert*, würfel*, mittelwert, \
         zinsen, zinssatz, rechne, summe, determinante, eigenwert*, quadratisch*, \
         konvergier*, stetig*, polynom*, logarithm*, urne, ziehen, rechteck*, kathete*, \
         hypotenuse",
    ),
    rule(
        "German: science",
        Science,
        Anywhere,
        1.6,
        "physik*, chemie*, chemisch*, biologie*, molekül*, atom*, elektron*, energie*, \
         reaktion*, licht, lichtgeschwindigkeit, schwerkraft, gravitation*, magnet*, \
         temperatur*, druck, zelle, zellen, gen, gene, genetisch*, protein*, enzym*, \
         bakteri*, virus, viren, impfstoff*, gestreut, streuung, himmel blau, tsunami, \
         erdbeben, vulkan*, klima*, photosynthese, fotosynthese, evolution*, patient*, \
         symptom*, diagnose*, medikament*, wirkstoff*, stern, sterne, schwarze löcher, \
         schwarzes loch, planet*, entropie, experiment*, säure*, sauerstoff, wellenlänge, \
         blutdruck, immunsystem, stoffwechsel, siedet, gefriert, dichte, pflanze*, gehirn*, \
         strahlung, nerven*",
    ),
    rule(
        "German: logic and planning",
        Reasoning,
        Anywhere,
        1.7,
        "rätsel*, logikrätsel, schurke*, ritter, lügen, lügt, lügner*, wahrheit, \
         folgt daraus, logisch*, schlussfolger*, wer sitzt, neben, gegenüber, links von, \
         direkt links, rechts von, dienstplan*, einteilen, teile, schichten, reihenfolge, \
         zwischen, nebenbedingung*, plane, reiseplan, widerspruch*, abwägen, schlüssig, \
         überqueren, waage, münze, wiegen, verdächtig*, täter, schritt für, stundenplan, \
         sitzordnung, nacheinander, aussage, aussagen, notwendigerweise, optionen",
    ),
    rule(
        "German: order to act on a screen",
        ComputerUse,
        Clause,
        1.5,
        "öffne, klicke, klick, scrolle, scroll, tippe, drücke, wähle, lade, starte, schalte, \
         logge, melde, installiere, ziehe, verschiebe, gehe auf, geh auf, navigiere, fülle, \
         schließe, lösche, aktiviere, deaktiviere, kopiere, mach",
    ),
    rule(
        "German: part of a screen",
        ComputerUse,
        Anywhere,
        1.2,
        "fenster, schaltfläche*, knopf, button, menü*, browser*, browserverlauf, \
         bildschirm*, screenshot*, desktop*, systemeinstellung*, einstellungen, zahnrad, \
         dunkelmodus, formular*, webseite*, website*, startseite, eingabefeld, suchfeld, \
         warenkorb, taskleiste, mauszeiger, herunter, herunterladen, hochladen, \
         registerkarte, ordner, anmelden, oben rechts, oben links, unten rechts, dialogfeld, \
         kontrollkästchen, häkchen, browser-tab, papierkorb, app",
    ),
    rule(
        "German: order to invent",
        Creative,
        Lead,
        0.9,
        "schreib, schreibe, erfinde, erzähl, erzähle, dichte, denk dir, verfasse, reime, \
         entwirf, stell dir",
    ),
    rule(
        "German: literary form",
        Creative,
        Anywhere,
        1.9,
        "gedicht*, geburtstagsgedicht, geschichte, kurzgeschichte*, gutenachtgeschichte, \
         märchen*, fabel*, ballade, reim, reime, gereimt, liedtext*, lied, roman*, szene, \
         dialog, slogan*, werbespruch, drehbuch, krimi, held, limerick, haiku, strophe*, \
         monolog*, rede für, wortspiel*, hauptfigur, witz, witze, poetisch, hochzeitsrede, \
         name für, namen für, firmennamen, sketch",
    ),
    rule(
        "German: who, when or where",
        Knowledge,
        Lead,
        1.4,
        "wer, wann, wo, welche, welcher, welches, wie hoch, wie lang, wie alt, wie heißt, \
         wie groß, wie viele einwohner, wie viele, seit wann, in welchem, woher, wem, nenne",
    ),
    rule(
        "German: what or how",
        Knowledge,
        Lead,
        0.8,
        "was, wie, warum, wieso, weshalb, erkläre, erklär, gibt es, ist, sind, darf man, \
         was bedeutet, was versteht, worin, welchen, braucht man, was war",
    ),
    rule(
        "German: facts of the world",
        Knowledge,
        Anywhere,
        1.0,
        "hauptstadt*, jahrhundert*, krieg*, kaiser*, könig*, reich, reichs, geschichte der, \
         geschichte des, präsident*, kanzler*, einwohner*, fluss, flüsse, berg, insel, land, \
         länder, partei, republik, erfunden, erfand, gegründet, unabhängig*, bedeutet, \
         unterschied, unterschied zwischen, gebaut, weltmeister*, rezept, gesetz*, \
         verfassung*, komponiert, gemalt, mittelalter, bundesland, bundesländer, römisch*, \
         visum",
    ),
    rule(
        "German: own affairs",
        Personal,
        Owned,
        1.8,
        "kalender, termin, termine, nachrichten, nachricht, mails, mail, e-mails, e-mail, \
         postfach, wecker, kontakte, kontakten, fotos, foto, bilder, schritte, puls, schlaf, \
         blutdruck, geburtstag, einkaufsliste, konto, besprechung, vater, mutter, frau, \
         mann, chef, schwester, bruder, oma, opa, arzt, zahnarzt, rechnung, notizen, flug, \
         buchung, tabletten, gewicht, handy, vermieter, zug, training, kinder, heute, sohn, \
         tochter",
    ),
    rule(
        "German: order to an assistant",
        Personal,
        Lead,
        2.0,
        "erinnere, erinner, ruf, rufe, weck, wecke, stell den, stell einen, stelle einen, \
         lies mir, lies, schick, schicke, antworte, sag, trag, trage, verschieb, verschiebe, \
         zeig mir, hab ich, habe ich, wann hab, wann habe, wie habe ich, wo habe ich, \
         wann ist mein, wann muss ich, setz, was steht, hat mir, hat jemand, wo ist mein, \
         wo hab, wie viel habe, was habe ich, wie hab",
    ),
    rule(
        "German: messages and appointments",
        Personal,
        Anywhere,
        1.2,
        "mir geschrieben, erinnere mich, whatsapp, ruf bitte, anrufen, ruf, termin, termine, \
         kalender, geschlafen, papa, mama, oma, opa, geburtstag, wecker, zahnarzt, \
         morgen früh, vorlesen, heute abend, letzte woche, letzte nacht, geantwortet, \
         einkaufsliste, meine mails, schrittzahl, gelaufen, posteingang",
    ),
    rule(
        "German: order to rework a text",
        General,
        Transform,
        2.3,
        "übersetze, übersetz, fasse, fass, formuliere, formulier, umformulieren, \
         umschreiben, korrigiere, korrigier, kürze, kürz, verbessere, verbesser, \
         schreib diesen, schreib das, zusammenfassen, extrahiere, sortiere diese, \
         diesen absatz, diesen text, mach daraus, mach aus, ordne",
    ),
    rule(
        "German: text for everyday use",
        General,
        Anywhere,
        1.3,
        "formulieren, formulierung, formuliere, höflich*, freundlicher, kürzer, \
         zusammenfassung, absage, anschreiben, bewerbung*, rechtschreibung, grammatik, \
         ins englische, auf englisch, auf deutsch, ins deutsche, sätze, sätzen, absatz, \
         stichpunkte, stichpunkten, betreff, kündigung*, übersetz*, e-mail an, brief an, \
         glückwunsch*, dankeskarte, beschwerde*, synonym*, komma, klingt, einladung, \
         tonfall, sehr geehrte, sehr geehrter",
    ),
    rule(
        "German: small talk",
        General,
        Opening,
        1.6,
        "hallo, guten morgen, guten tag, guten abend, wie geht's, wie geht es, wie gehts, \
         danke, moin, servus, wer bist du, was kannst du, tschüss, gute nacht, \
         mir ist langweilig, na",
    ),
    rule(
        "German: advice and talk",
        General,
        Anywhere,
        0.9,
        "tipps, ratschlag, rat, motivation, langweilig, geschenkidee, geschenkideen, \
         geschenk, was soll ich, plaudern, quatschen, überfordert, traurig, müde, unterhalten",
    ),
    rule(
        "German: word of depth",
        Depth,
        Anywhere,
        1.0,
        "beweise, beweisen, leite, herleiten, herleitung, begründe, optimier*, abwägen, \
         ausführlich, detailliert, analysiere, vergleiche, entwirf, architektur, widerlege, \
         zeige dass, mechanismus, konsequenzen, im vergleich",
    ),
    rule(
        "German: condition",
        Constraint,
        Anywhere,
        1.0,
        "muss, müssen, darf, dürfen, ohne, genau, mindestens, höchstens, nur, außer, sofern, \
         nie, immer, jeder, jede, niemand, nicht mehr als, maximal, kein, keine, \
         bestimme alle",
    ),
];
