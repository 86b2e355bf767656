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
        "French: common words",
        Language,
        Anywhere,
        0.0,
        "le, la, les, des, une, et, est, je, tu, il, vous, nous, que, qui, dans, pour, sur, \
         avec, ce, cette, du, au, pas, mon, mes, comment, pourquoi, quel, quelle, sont, ou, \
         où, ne, se, aux, l'on, quels, écris, l', c'est, d'un, d'une, j'ai, n'est, qu'est, \
         quand, très, leur, être, peut, fait, sans, entre, cet, ces, notre, votre, chez, \
         deux, trois, ouvre, clique",
    ),
    rule(
        "French: filler",
        Filler,
        Anywhere,
        0.0,
        "s'il te plaît, s'il, te, plaît, vous, peux-tu, peux, tu, pouvez-vous, pourrais-tu, \
         pourriez-vous, j'ai, je, besoin, d'un, d'une, une, un, le, la, les, et, puis, \
         ensuite, veux, voudrais, moi",
    ),
    rule(
        "French: possessive",
        Possessive,
        Anywhere,
        0.0,
        "mon, ma, mes, notre, nos, ai-je, j'ai",
    ),
    rule(
        "French: programming",
        Coding,
        Anywhere,
        1.5,
        "code, le code, fonction python, script, programme en, bogue, erreur, compil*, \
         base de données, requête, requêtes, boucle, liste chaînée, pointeur*, algorithme, \
         récursive, récursif, serveur, variable, tableau en, méthode, classe, développ*, \
         librairie, plante, logiciel, dépôt",
    ),
    rule(
        "French: mathematics",
        Math,
        Anywhere,
        1.8,
        "équation*, résous, résoudre, dérivée*, dériver, intégrale*, intégrer, calcule, \
         calculer, calculez, probabilité*, démontre*, démontrer, matrice*, triangle*, \
         racine, racines, polynôme*, pourcentage, combien font, combien fait, limite de, \
         suite, divis*, nombre premier, nombres premiers, le système suivant, système, \
         somme, aire, périmètre, moyenne, écart-type, vecteur*, convergence, converge, \
         entiers, logarithme, rectangle, tirage, dé, dés, urne",
    ),
    rule(
        "French: science",
        Science,
        Anywhere,
        1.6,
        "physique, chimie, chimique*, biologie, molécule*, atome*, électron*, énergie, \
         réaction*, lumière, gravité, gravitation, magnétique, température, pression, \
         cellule*, gène*, génétique, protéine*, enzyme*, bactérie*, virus, vaccin*, plante*, \
         photosynthèse, photorespiration, évolution, patient*, symptôme*, diagnostic, \
         médicament*, étoile*, trou noir, trous noirs, planète*, entropie, expérience, \
         acide*, oxygène, climat*, séisme*, volcan*, océan, désert, sang, neurone*, \
         immunitaire, antibiotique*, espèce*, longueur d'onde, marée, marées, noyau",
    ),
    rule(
        "French: logic and planning",
        Reasoning,
        Anywhere,
        1.7,
        "énigme*, devinette, logique, mensonge*, menteur*, ment, dit la vérité, vérité, \
         conclure, déduire, déduis, à gauche de, à droite de, à côté de, voisin, en face de, \
         planning, emploi du temps, répartis, répartir, contraintes, itinéraire, organise, \
         étape par étape, contradiction, prémisses, ni frère, le fils de, traverser, \
         coupable, suspect*, raisonnement, valide, options, nécessairement, ordre, balance, \
         pesées, chevalier*, qui est, portrait",
    ),
    rule(
        "French: order to act on a screen",
        ComputerUse,
        Clause,
        1.5,
        "ouvre, ouvrez, clique, cliquez, fais défiler, défile, tape, appuie, sélectionne, \
         télécharge, connecte-toi, connecte, va sur, allez sur, remplis, ferme, glisse, \
         coche, décoche, installe, lance, active, désactive, déplace, navigue",
    ),
    rule(
        "French: part of a screen",
        ComputerUse,
        Anywhere,
        1.2,
        "bouton, fenêtre, navigateur, écran, capture d'écran, capture, bureau, onglet*, \
         formulaire, menu, paramètres, réglages, souris, curseur, champ, barre de recherche, \
         site, site de, page, panier, clique, cliquer, case, dossier téléchargements, \
         déroulant, coin supérieur, en haut à, icône",
    ),
    rule(
        "French: order to invent",
        Creative,
        Lead,
        0.9,
        "écris, écrivez, rédige, invente, imagine, raconte, compose, trouve-moi, propose, \
         crée",
    ),
    rule(
        "French: literary form",
        Creative,
        Anywhere,
        1.9,
        "poème*, histoire courte, histoire, conte, nouvelle, fable, sonnet, haïku, chanson, \
         paroles, roman, scène, dialogue, lettre d'amour, slogan*, récit, personnage*, \
         héros, rime*, vers, strophe*, alexandrin*, alexandrins, conte de fées, jeu de rôle, \
         absurde, nom pour, calembour*, blague*, discours de mariage, monologue, berceuse",
    ),
    rule(
        "French: who, when or where",
        Knowledge,
        Lead,
        1.4,
        "qui, qui a, quand, où, quel, quelle, quels, quelles, en quelle, en quelle année, \
         combien d'habitants, depuis quand, quel est",
    ),
    rule(
        "French: what or how",
        Knowledge,
        Lead,
        0.8,
        "qu'est-ce, que, quoi, comment, pourquoi, explique, explique-moi, est-ce que, \
         est-ce, peut-on, quelle est, parle-moi, faut-il, c'est quoi",
    ),
    rule(
        "French: facts of the world",
        Knowledge,
        Anywhere,
        1.0,
        "capitale, siècle*, guerre*, empereur, roi, reine, république, révolution, fleuve, \
         pays, île, montagne, habitants, président, traité, coupe du monde, inventé, fondé, \
         peint, écrit par, signifie, différence, loi, constitution, recette, plus long, \
         plus haut, plus grand, moyen âge, musée, a gagné, a découvert, auteur, colonie*, \
         drapeau, ministre",
    ),
    rule(
        "French: own affairs",
        Personal,
        Owned,
        1.8,
        "agenda, calendrier, rendez-vous, messages, message, mails, mail, e-mails, boîte, \
         photos, contacts, réveil, pas, sommeil, anniversaire, liste de courses, compte, \
         réunion, réunions, mère, père, femme, mari, sœur, frère, médecin, dentiste, chef, \
         vol, notes, tension, poids, téléphone, train, médicaments, fils, fille, copine, \
         collègue",
    ),
    rule(
        "French: order to an assistant",
        Personal,
        Lead,
        2.0,
        "rappelle-moi, rappelle, appelle, envoie, réveille-moi, lis-moi, réponds, mets un, \
         mets une, ajoute, déplace mon, montre-moi, ai-je, est-ce que j'ai, \
         qu'est-ce que j'ai, combien ai-je, où ai-je, à quelle heure, quand est mon, \
         annule mon, programme une, préviens",
    ),
    rule(
        "French: messages and appointments",
        Personal,
        Anywhere,
        1.2,
        "rappelle-moi, whatsapp, rendez-vous, mes messages, mes mails, maman, papa, \
         demain matin, demain, ce soir, cette semaine, hier, semaine dernière, m'a écrit, \
         à la maison, réveil, mon agenda, m'a envoyé, pris en photo, mon dernier, \
         mon prochain",
    ),
    rule(
        "French: order to rework a text",
        General,
        Transform,
        2.3,
        "traduis, traduisez, résume, résumez, reformule, reformulez, corrige, corrigez, \
         raccourcis, réécris, améliore, simplifie, extrais, mets ce, transforme, classe ces",
    ),
    rule(
        "French: text for everyday use",
        General,
        Anywhere,
        1.3,
        "traduire, traduction, traduis, en anglais, en français, résumé, registre, soutenu, \
         plus poli, polie, ce texte, cette phrase, fautes, orthographe, grammaire, \
         reformuler, lettre de motivation, e-mail à, un mail à, lettre à, mail pour, \
         courrier, mot de remerciement, paragraphe, phrases, formule de politesse, \
         synonyme*, accorde, résiliation",
    ),
    rule(
        "French: small talk",
        General,
        Opening,
        1.6,
        "bonjour, salut, bonsoir, merci, coucou, ça va, comment ça va, comment vas-tu, \
         qui es-tu, que peux-tu, bonne nuit, au revoir",
    ),
    rule(
        "French: advice and talk",
        General,
        Anywhere,
        0.9,
        "conseils, conseil, astuces, idée cadeau, cadeau, que dois-je, discuter, \
         je m'ennuie, motivation, stressé, stressée, fatigué, bavarder",
    ),
    rule(
        "French: word of depth",
        Depth,
        Anywhere,
        1.0,
        "démontre, démontrer, démontrez, prouve, prouver, justifie, justifier, optimise*, \
         en détail, détaillé, analyse, compare, comparez, rigoureu*, conçois, architecture, \
         mécanisme, conséquences, discute",
    ),
    rule(
        "French: condition",
        Constraint,
        Anywhere,
        1.0,
        "doit, doivent, sans, exactement, au moins, au plus, seulement, sauf, jamais, \
         toujours, chaque, aucun, aucune, ne peut, maximum, minimum, uniquement, chacun",
    ),
];
