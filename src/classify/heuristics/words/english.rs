use super::super::rule::{
    Kind::{
        ComputerUse, Constraint, Creative, Depth, Filler, General, Knowledge, Personal, Possessive,
        Reasoning,
    },
    Place::{Anywhere, Lead, Opening, Owned, Transform},
    Rule, rule,
};

/// What is asked in English; terms of trade that most languages share stand in [`fields`](super::fields).
pub(super) const RULES: &[Rule] = &[
    // Steering words
    rule(
        "English: filler",
        Filler,
        Anywhere,
        0.0,
        "please, pls, plz, can, could, would, will, you, hey, hi, hello, ok, okay, so, now, then, just, i, need, want, to, \
         me, help, let's, lets, go, and, also, i'd, like, we, us, first, next, finally, kindly, try, a, the",
    ),
    rule(
        "English: possessive",
        Possessive,
        Anywhere,
        0.0,
        "my, our, mine, did i, do i, have i, i have, am i, was i, i had",
    ),
    // Computer use
    rule(
        "English: order to act on a screen",
        ComputerUse,
        Lead,
        1.3,
        "open, click, double-click, scroll, tap, swipe, drag, hover, type, press, navigate, launch, log in, sign in, login, \
         log into, browse, download, upload, install, uninstall, maximise, maximize, minimise, minimize, untick, tick, \
         select, paste, fill in, fill out, switch to, close, drop, resize, right-click, go to, check out, unzip, visit, \
         move the, use the browser, turn on, turn off, enable, disable, rename all, take a screenshot, focus, toggle",
    ),
    rule(
        "English: part of a screen",
        ComputerUse,
        Anywhere,
        1.0,
        "button, buttons, dropdown, drop-down, checkbox, checkboxes, popup, pop-up, dialog, dialogue box, taskbar, toolbar, \
         scrollbar, sidebar, cursor, mouse, mouse pointer, desktop, tab, tabs, text field, search box, search bar, window, windows, menu, \
         address bar, start menu, context menu, cookie banner, hamburger menu, home screen, recycle bin, trash, clipboard, \
         modal, slider, wizard, radio button, input field, login page, the page, tray, dock, gear icon, icon, \
         second monitor, captcha, checkout page, cart, screen",
    ),
    rule(
        "English: pointing or typing",
        ComputerUse,
        Anywhere,
        1.2,
        "click, clicks, clicking, click on, right-click, right-clicking, double-click, scroll, scroll down, scroll up, screenshot, screenshots, coordinates, \
         hit enter, press enter, press ok, press continue, drag and drop, ctrl, cmd, alt tab, press tab, hotkey, swipe, tick the, log in",
    ),
    rule(
        "English: program to operate",
        ComputerUse,
        Anywhere,
        0.9,
        "browser, chrome, firefox, safari, edge, finder, file explorer, explorer, control panel, system settings, settings, \
         system preferences, task manager, libreoffice, photoshop, gimp, notepad, emulator, vm, the app, app store, \
         website, web page, webpage, portal, device manager, thunderbird, downloads folder, vlc, blender",
    ),
    // Creative
    rule(
        "English: order to invent",
        Creative,
        Lead,
        0.7,
        "write, compose, invent, imagine, come up with, brainstorm, tell, continue, describe, create, pitch, pretend, \
         suggest, make up, craft, give me, dream up, draft",
    ),
    rule(
        "English: literary form",
        Creative,
        Anywhere,
        1.9,
        "poem, poems, poetry, story, stories, short story, haiku, sonnet, limerick, ballad, ode, verse, verses, lyrics, song, \
         chorus, fairy tale, fairytale, bedtime story, fable, myth, legend, novel, novella, chapter, monologue, screenplay, \
         script for a, scene, dialogue, dialogues, fan fiction, fanfic, fanfiction, flash fiction, fiction, villanelle, rap, \
         rap verse, tale, microfiction, parody, satire, toast, eulogy, lullaby, skit, sketch, sitcom, prose, couplet, free verse, tanka, \
         acrostic, short film, elegy, vignette, playlet, stand-up, jingle",
    ),
    rule(
        "English: name or slogan",
        Creative,
        Anywhere,
        1.4,
        "slogan, slogans, tagline, taglines, catchy, pun, puns, punny, band names, band name, brand name, name for, names for, \
         pen name, title for, titles for, name ideas, headline ideas, motto, caption, captions, joke, jokes, opening line, first line, \
         nickname, nicknames, one-liners",
    ),
    rule(
        "English: invented world",
        Creative,
        Anywhere,
        1.1,
        "character, characters, protagonist, villain, narrator, narrated, hero, heroine, plot, plot twist, roleplay, role-play, \
         worldbuilding, world-building, dragon, dragons, wizard, elf, dwarf, ghost, vampire, werewolf, d&d, campaign, dungeon, tiefling, bard, \
         noir, dystopian, magic system, fantasy, sci-fi, science fiction, in the style, in the voice, the voice of, first person, \
         second person, third person, love letter, steampunk, spaceship, kingdom, haunted, spooky, whimsical, fictional, funny, surreal, eerie, melancholy, cosy, cozy",
    ),
    rule(
        "English: rhyme and tone",
        Creative,
        Anywhere,
        0.8,
        "rhyme, rhymes, rhyming, stanza, stanzas, iambic, meter, imagery, metaphors, humorous, bittersweet, evocative, moody, plot hole, backstory",
    ),
    // Knowledge
    rule(
        "English: who, when or where",
        Knowledge,
        Lead,
        1.3,
        "who, whose, when, where, which, what year, which year, in which, how old, how far, how long, how tall, how high, how big, how large, \
         name the, list the, who's, whats the capital, when's, where's, since when",
    ),
    rule(
        "English: what or how",
        Knowledge,
        Lead,
        0.8,
        "what, what's, whats, how, how's, does, do, is, are, did, was, were, has, why, how come, tell me about, explain, \
         give an overview, overview of, define, describe, is it legal, list, difference between, compare, am i allowed, can you tell, recommend",
    ),
    rule(
        "English: history and society",
        Knowledge,
        Anywhere,
        1.0,
        "war, wars, century, centuries, empire, dynasty, treaty, revolution, king, queen, emperor, president, parliament, \
         constitution, colony, colonial, reformation, renaissance, medieval, ancient, roman, greek, ottoman, soviet, \
         history of, historical, historically, religion, tradition, monarch, monarchy, pope, prime minister, senate, election, elections, \
         minister, civil war, world war, ww1, ww2, wwii, league, apartheid, genocide, philosophy, philosopher, republic, crusades, pharaoh",
    ),
    rule(
        "English: geography and travel",
        Knowledge,
        Anywhere,
        0.9,
        "capital, capital of, country, countries, continent, river, rivers, island, islands, border, borders, population, \
         languages, currency, visa, time zone, flag, state, states, city in, mountain, lake, longest, highest, largest, tallest, oldest, deepest, biggest, \
         cities, desert, located, airport, passport, spoken",
    ),
    rule(
        "English: arts, sport and everyday facts",
        Knowledge,
        Anywhere,
        0.8,
        "painted, painter, invented, discovered, founded, directed, composed, author, wrote, published, album, world cup, \
         olympics, olympic, nobel prize, oscar, cinema, museum, painting, origin of, come from, comes from, known for, famous, meaning of, \
         mean, means, stand for, stands for, called, recipe, cook, boil, bake, cuisine, wine, cheese, legal, law, laws, tax, etiquette, \
         invented by, band, actor, actress, film, movie, movies, architect, built, opera, novelist, championship, record for, rules of, difference between, premiere",
    ),
    // Personal
    rule(
        "English: own affairs",
        Personal,
        Owned,
        1.7,
        "calendar, inbox, emails, email, mail, mails, messages, message, texts, contacts, contact, appointment, appointments, meeting, meetings, \
         schedule, reminder, reminders, alarm, alarms, photos, photo, pictures, picture, camera roll, heart rate, steps, \
         sleep, weight, blood pressure, glucose, prescription, medication, workout, workouts, run, notes, to-do list, todo list, to-do, \
         shopping list, grocery list, bank account, account balance, spend, spent, spending, birthday, anniversary, flight, flights, \
         boarding pass, subscription, subscriptions, playlist, watch, voicemail, phone, wife, husband, mom, mum, mother, dad, father, \
         sister, brother, boss, kids, son, daughter, doctor, dentist, landlord, friend, girlfriend, boyfriend, partner, grandma, car, keys, \
         reservation, booking, parking spot, order, package, health data, ecg, cycle, period, workout data, route home, commute, health app, screenshots, \
         insurance, receipts, passport, 1:1, standup, gym, roommate, colleague, data",
    ),
    rule(
        "English: order to an assistant",
        Personal,
        Lead,
        1.8,
        "remind, remind me, call, text, wake me, set an alarm, set a timer, set a reminder, set alarm, set timer, add milk, message, dial, ring, \
         facetime, read me, reply to, send my, send a message, send a text, tell my, add to my, add that to, put it in, book me, \
         find my, find the photo, show me pictures, show me photos, show me the photos, show me my, when's my, where's my, what's my, whats my, when is my, \
         where is my, what is my, move my, cancel my, reschedule, block, block two, block out, decline, snooze, play my, log my, check my, check whatsapp, \
         did anyone, has anyone, how many steps, how did i, what did i, where did i, who did i, when did i, did i, do i have, have i, am i free, forward, archive, \
         schedule, pull up, share my, mute, unmute, start a, navigate home, how much did, how was my, text back, who emailed, who called, what time is",
    ),
    rule(
        "English: messages and appointments",
        Personal,
        Anywhere,
        1.1,
        "remind me, whatsapp, imessage, my calendar, my inbox, my contacts, in contacts, voicemail, unread, telegram, my mail, my email, \
         my emails, my messages, my photos, my notes, i sent, sent me, email me, emailed me, texted me, replied to, reply to, call me, called me, wrote me, \
         text me, messaged me, my next, my last, my schedule, appointment, dentist, my phone, pictures of, photo i, photos of, photo of, photos from, picture i, i took, i spent, \
         i parked, i saved, on my, wake me, alarm, running late, shopping list, to my list, dial, on speaker, conflicts, call back, attachment, group chat, \
         did i, i free, my week, my day, free then, my trip, i ordered, i booked, i walk, i slept, my sleep, calendar invite, rsvp, i bought, i walked, i said, i promised, i supposed, i weigh",
    ),
    rule(
        "English: relatives",
        Personal,
        Anywhere,
        0.5,
        "mum, mom, dad, grandma, grandpa, auntie, wife, husband, sister, brother, daughter, son, sister-in-law, granny, in law",
    ),
    rule(
        "English: soon",
        Personal,
        Anywhere,
        0.5,
        "tomorrow, tonight, this week, next week, last week, last month, this morning, this afternoon, yesterday, \
         last night, last christmas, o'clock, at noon, this evening, next month, today, this month, next thursday, next friday, next monday",
    ),
    // General
    rule(
        "English: order to rework a text",
        General,
        Transform,
        2.3,
        "rewrite, rephrase, reword, paraphrase, summarise, summarize, summary of, translate, translate this, shorten, proofread, correct, fix the grammar, \
         fix grammar, fix my grammar, fix the spelling, make this, make it, extract, categorise, categorize, classify, condense, tl;dr, tldr, turn my, turn this, turn these, \
         put these, put this, format, polish, simplify this, convert these, reformat, clean up, improve this, edit this, bullet points, tl dr, \
         sort these, tidy up, make these, merge these, pull out, label each, tag each, is this email, give me a summary, spellcheck, alphabetise, alphabetize, fix typos, transcribe, expand this, tone down",
    ),
    rule(
        "English: text for everyday use",
        General,
        Anywhere,
        1.3,
        "cover letter, write an email, an email to, email to my, a letter to, thank you note, thank you card, thank-you, out of office, \
         bullet points, bullet list, plain english, grammar, spelling, typos, more polite, politer, more formal, more professional, less formal, polite, friendlier, more concise, \
         in one sentence, in two sentences, in three sentences, singular or plural, sounds better, sound better, sound more, into german, into french, \
         into english, into spanish, to portuguese, to english, to french, to spanish, to german, into italian, in german, how do you say, how do i say, summary, summarise, summarize, \
         wording, the following text, this article, this email, linkedin, cv, resume, letter, following paragraph, this paragraph, this text, translate, translation, rewrite, rephrase, \
         complaint, meeting notes, minutes, meeting minutes, tone, newsletter, product description, invitation, apology, notice period, this thread, tweet, comma, sentence, synonym, synonyms, press release, memo, agenda, reference letter, british spelling, job ad, testimonial",
    ),
    rule(
        "English: small talk",
        General,
        Opening,
        1.7,
        "hello, hi, hey, thanks, thank you, good morning, good evening, good night, good afternoon, how are you, how's it going, how is it, what's up, sup, \
         yo, who are you, what can you, what are you, are you a, are you human, tell me something, nice, cool, lol, bye, goodbye, cheers, great, never mind, nevermind, \
         sorry, ok, okay, test, yes, no, see you, i'm bored, im bored, can we just, i'm sad, rough day",
    ),
    rule(
        "English: advice and talk",
        General,
        Anywhere,
        0.9,
        "any tips, tips for, advice, motivated, motivation, feeling, feel lost, bored, rough day, lonely, can we chat, just chat, chat, gift, gift ideas, \
         what should i, should i say, how do i tell, small talk, icebreaker, ideas for, what do you, your opinion, stressed, cheer me up, pros and cons, feel like, nervous, overwhelmed, your favourite, your favorite",
    ),
    // Reasoning
    rule(
        "English: logic puzzle",
        Reasoning,
        Anywhere,
        1.8,
        "riddle, puzzle, logic puzzle, brain teaser, knights and knaves, knight, knights, knave, knaves, liar, liars, always lies, always lie, tells the truth, telling the truth, truth-teller, is lying, lying, lies, \
         who is telling, who did it, counterfeit, weighings, balance scale, light bulb, switches, three switches, jug, jugs, cross the river, cross a river, cross a bridge, \
         fox, all my sheep, comes next, next number, next in the, pattern, rearrange the letters, odd one out, round table, wolf goat, sudoku, \
         hourglass, torch, doors, prisoners, hats, crime, suspects, suspect, anagram, minesweeper, chess position, tic-tac-toe, zebra puzzle, einstein's riddle, hanoi, coloured houses, cipher, murderer, statements, culprit, deduce, sequence",
    ),
    rule(
        "English: relations between things",
        Reasoning,
        Anywhere,
        0.9,
        "next to, left of, right of, the left, the right, to the left, immediately, opposite, sits between, sitting, neither, nor, either, exactly two, exactly one, at least one, not the, isn't the, \
         doesn't, older than, younger than, taller than, shorter than, faster than, heavier than, came in, finished before, finished after, finished, isn't next, not next, lives in, lives next, before c, \
         at most one, at most two, only one, none of, each of, each own, different, directly after, right after, must be before, same day, sits, facing, wasn't",
    ),
    rule(
        "English: inference",
        Reasoning,
        Anywhere,
        1.5,
        "what follows, does it follow, it follows, can we conclude, conclude, conclusion, logically, valid argument, argument valid, syllogism, fallacy, contradiction, \
         premise, premises, necessarily, must be true, must be false, which of these, deduce, deduction, infer, inference, imply, implies, reasoning, \
         step by step, walk through, counterfactual, thought experiment, paradox, consistent, inconsistent, if and only, suppose every, assumption, assumptions, hypothetical, counterexample, sound argument, logic, logical, valid, game theory, payoff, trolley, nash equilibrium, second-order, root cause",
    ),
    rule(
        "English: planning under conditions",
        Reasoning,
        Anywhere,
        1.3,
        "itinerary, schedule six, seating plan, seating chart, assign, allocate, rota, roster, timetable, scheduling, violates, violate, constraints, constraint, \
         trade-offs, tradeoffs, trade-off, weigh the, weigh up, options, option 1, option a, option b, change your mind, decide between, prioritise, prioritize, plan a, plan our, plan for, \
         strategy, minimum total, minimum number, fewest, optimal, contingency, feasible, schedule so, shifts, no one works, runway, decision, deadlines, bottleneck, budget of, fit in, shortest, sequence of, carpool, seating, split the, order should",
    ),
    rule(
        "English: order to plan or infer",
        Reasoning,
        Lead,
        1.2,
        "plan, assign, schedule, arrange, suppose, suppose every, imagine you, if some, if all, if every, if no, assume, work out who, figure out, decide, allocate, weigh, deduce, \
         is this argument, every time, determine who, evaluate the, complete the pattern, find the flaw, rank, spot the, what comes next, if you rearrange, who is lying, what would happen",
    ),
    // Difficulty
    rule(
        "English: word of depth",
        Depth,
        Anywhere,
        1.0,
        "prove, proof, derive, derivation, rigorous, rigorously, optimise, optimize, optimal, asymptotic, generalise, generalize, necessary and sufficient, \
         from first principles, formally, trade-offs, tradeoffs, architecture, design a, scalable, distributed, concurrency, lock-free, race condition, deadlock, root cause, \
         critically, in depth, in-depth, comprehensive, thorough, nuanced, mechanism, step by step, edge cases, counterexample, refactor, complexity, \
         second-order, compare and contrast, evaluate, synthesise, synthesize, constraints, minimise, maximise, minimize, maximize, implement, hypothesis, differential diagnosis, under which, assumptions, show that, consequences",
    ),
    rule(
        "English: condition",
        Constraint,
        Anywhere,
        1.0,
        "must, must not, cannot, can't, without, exactly, at least, at most, no more than, only, unless, except, provided that, \
         between, each, every, never, always, under, within, should not, shouldn't, limit, avoid, nobody, both, not allowed, make sure, ensure",
    ),
];
