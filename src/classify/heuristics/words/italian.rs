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
        "Italian: common words",
        Language,
        Anywhere,
        0.0,
        "il, lo, gli, di, che, è, mio, mia, del, della, dei, nel, non, quale, chi, quando, \
         dove, sono, ho, più, cosa, ha, questo, questa, quanto, le, perché, qual, per, con, \
         alla, dal, dalla, nella, sul, sulla, questi, queste, anche, senza, tra, fra, dopo, \
         prima, ogni, tutti, quanti, mie, miei, l', dell', c'è, cos'è",
    ),
    rule(
        "Italian: filler",
        Filler,
        Anywhere,
        0.0,
        "per, favore, puoi, potresti, ho, bisogno, vorrei, mi, e, poi, il, lo, la, i, gli, \
         le, un, una, uno, di, aiutami",
    ),
    rule(
        "Italian: possessive",
        Possessive,
        Anywhere,
        0.0,
        "mio, mia, miei, mie, nostro, nostra, ho",
    ),
    rule(
        "Italian: programming",
        Coding,
        Anywhere,
        1.5,
        "codice, funzione in, una funzione, programma in, script, errore, eccezione, \
         compila*, ciclo, algoritmo, server, variabil*, puntator*, classe, metodo, \
         ricorsiv*, database, espressione regolare, debug, lista concatenata, \
         interrogazione, implementa",
    ),
    rule(
        "Italian: mathematics",
        Math,
        Anywhere,
        1.8,
        "equazion*, derivata, derivate, integrale, integrali, calcola, calcolare, \
         probabilità, dimostra, dimostrare, matrice, matrici, triangolo, triangoli, radice, \
         radici, polinomi*, percentuale, quanto fa, quanto è, limite di, primi, divisibil*, \
         area, perimetro, media, deviazione, vettor*, somma di, risolvi, logaritm*, dadi, \
         interessi, frazion*, converge, rettangolo",
    ),
    rule(
        "Italian: science",
        Science,
        Anywhere,
        1.6,
        "fisica, chimica, chimic*, biologia, molecol*, atom*, elettron*, energia, reazione, \
         luce, gravità, magnetic*, temperatura, pressione, cellul*, geni, genetic*, \
         protein*, enzim*, batteri, virus, vaccin*, piante, pianta, fotosintesi, evoluzione, \
         paziente, sintom*, diagnosi, farmac*, stella, stelle, buco nero, buchi neri, \
         pianet*, entropia, esperimento, acid*, ossigeno, clima, terremot*, vulcan*, sangue, \
         neuron*, antibiotic*, specie, cervello, maree",
    ),
    rule(
        "Italian: logic and planning",
        Reasoning,
        Anywhere,
        1.7,
        "indovinell*, rompicapo, logica, logico, mente, mentono, bugiard*, dice la verità, \
         verità, concludere, dedurre, a sinistra di, a destra di, accanto a, di fronte, \
         pianifica, turni, orario, vincoli, itinerario, passo dopo passo, contraddizione, \
         premesse, attraversare, colpevole, sospettat*, bilancia, pesate, ragionamento, \
         valido, opzioni, necessariamente, in che ordine, assegna",
    ),
    rule(
        "Italian: order to act on a screen",
        ComputerUse,
        Clause,
        1.5,
        "apri, clicca, fai clic, premi, scorri, digita, seleziona, scarica, carica, accedi, \
         vai su, vai sul, compila, chiudi, trascina, spunta, installa, attiva, disattiva, \
         naviga, copia",
    ),
    rule(
        "Italian: part of a screen",
        ComputerUse,
        Anywhere,
        1.2,
        "clic, pulsante, bottone, finestra, browser, schermo, schermata, desktop, scheda, \
         modulo, menu, menù, impostazioni, mouse, cursore, campo, barra di ricerca, sito, \
         pagina, carrello, casella, icona, in alto a, cartella, download",
    ),
    rule(
        "Italian: order to invent",
        Creative,
        Lead,
        0.9,
        "scrivi, scrivimi, inventa, immagina, racconta, raccontami, componi, crea, continua, \
         descrivi",
    ),
    rule(
        "Italian: literary form",
        Creative,
        Anywhere,
        1.9,
        "poesia, poesie, racconto, racconti, storia di, storia su, favola, favole, fiaba, \
         sonetto, haiku, canzone, testo di una, romanzo, scena, dialogo, lettera d'amore, \
         slogan, personagg*, eroe, rima, rime, versi, strof*, nome per, nomi per, \
         barzellett*, monologo, filastrocca, ninna nanna, cattivo",
    ),
    rule(
        "Italian: who, when or where",
        Knowledge,
        Lead,
        1.4,
        "chi, quando, dove, quale, quali, qual, qual è, in che anno, in quale, \
         quanti abitanti, quanti, quante, da quando, chi ha",
    ),
    rule(
        "Italian: what or how",
        Knowledge,
        Lead,
        0.8,
        "che, che cosa, cosa, cos'è, come, perché, spiega, spiegami, è, si può, esiste, \
         quanto tempo, parlami",
    ),
    rule(
        "Italian: facts of the world",
        Knowledge,
        Anywhere,
        1.0,
        "capitale, secolo, secoli, guerra, guerre, imperatore, re, regina, repubblica, \
         rivoluzione, fiume, paese, paesi, isola, isole, montagna, abitanti, presidente, \
         trattato, mondiali, mondiale, inventato, inventò, fondò, fondato, dipinse, dipinto, \
         scrisse, significa, differenza, differenza tra, legge, costituzione, ricetta, \
         più lungo, più alto, più grande, medioevo, museo, scoprì, vinto, impero, bandiera, \
         guelfi, ghibellini, indipendenza",
    ),
    rule(
        "Italian: own affairs",
        Personal,
        Owned,
        1.8,
        "agenda, calendario, appuntamento, appuntamenti, messaggi, messaggio, mail, email, \
         e-mail, posta, foto, contatti, sveglia, passi, sonno, compleanno, lista della, \
         conto, riunione, riunioni, madre, padre, moglie, marito, sorella, fratello, medico, \
         dentista, capo, volo, note, peso, telefono, speso, mamma, papà, treno, figlio, \
         figlia",
    ),
    rule(
        "Italian: order to an assistant",
        Personal,
        Lead,
        2.0,
        "ricordami, chiama, manda, mandami, invia, svegliami, leggimi, rispondi, metti una, \
         imposta, aggiungi, sposta, mostrami, ho, ho qualche, quanti passi, quanto ho, \
         dove ho, a che ora, annulla, avvisa, dimmi se",
    ),
    rule(
        "Italian: messages and appointments",
        Personal,
        Anywhere,
        1.2,
        "ricordami, whatsapp, miei messaggi, mie mail, mamma, papà, domani mattina, domani, \
         stasera, questa settimana, ieri, oggi, settimana scorsa, mi ha scritto, mi ha, \
         sveglia, compleanno, appuntamento, appuntamenti, riunione, nonna, mi sono",
    ),
    rule(
        "Italian: order to rework a text",
        General,
        Transform,
        2.3,
        "traduci, traduca, riassumi, riformula, correggi, accorcia, riscrivi, migliora, \
         semplifica, estrai, trasforma, classifica, ordina",
    ),
    rule(
        "Italian: text for everyday use",
        General,
        Anywhere,
        1.3,
        "tradurre, traduzione, traduci, in inglese, in italiano, riassunto, questo testo, \
         questa frase, ortografia, grammatica, più formale, più gentile, \
         lettera di presentazione, email a, mail a, una mail, lettera a, paragrafo, frasi, \
         sinonim*, tono, elenco puntato, suona, congiuntivo",
    ),
    rule(
        "Italian: small talk",
        General,
        Opening,
        1.6,
        "ciao, buongiorno, buonasera, buonanotte, grazie, come stai, come va, chi sei, \
         cosa puoi, arrivederci, salve",
    ),
    rule(
        "Italian: advice and talk",
        General,
        Anywhere,
        0.9,
        "consigli, consiglio, idea regalo, regalo, cosa dovrei, chiacchierare, annoio, \
         motivazione, stressato, stressata, mi sento",
    ),
    rule(
        "Italian: word of depth",
        Depth,
        Anywhere,
        1.0,
        "dimostra, dimostrare, giustifica, ottimizz*, in dettaglio, dettagliat*, analizza, \
         confronta, rigoros*, progetta, architettura, meccanismo, conseguenze",
    ),
    rule(
        "Italian: condition",
        Constraint,
        Anywhere,
        1.0,
        "deve, devono, senza, esattamente, almeno, al massimo, solo, soltanto, tranne, mai, \
         sempre, ogni, nessun, nessuno, non può",
    ),
];
