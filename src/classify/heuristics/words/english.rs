use super::super::rule::{
    Kind::{
        ComputerUse, Constraint, Creative, Depth, Filler, General, Knowledge, Language, Personal,
        Possessive, Reasoning,
    },
    Place::{Anywhere, Clause, Lead, Opening, Owned, Transform},
    Rule, rule,
};

/// What is asked in English; terms of trade that most languages share stand in [`fields`](super::fields).
pub(super) const RULES: &[Rule] = &[
    rule(
        "English: common words",
        Language,
        Anywhere,
        0.0,
        "the, is, are, was, of, to, and, that, it, with, for, my, you, this, what, how, i, \
         from, do, does, have, has, be, but, if, which, there, they, when, who, why, please, \
         can, would, or, not, by, write, give, a, an, me, tell, at, as, all, so, its, it's, \
         about, we, our, will, just, into, then, than, his, her, make, get, let, use, find, \
         show, i'm, don't, were, been, had, did, no, one, two, out, up",
    ),
    // Steering words
    rule(
        "English: filler",
        Filler,
        Anywhere,
        0.0,
        "please, pls, plz, can, could, would, will, you, hey, hi, hello, ok, okay, so, now, \
         then, just, i, need, want, to, me, help, let's, lets, go, and, also, i'd, like, we, \
         us, first, next, finally, kindly, try, a, the",
    ),
    rule(
        "English: possessive",
        Possessive,
        Anywhere,
        0.0,
        "my, our, mine, did i, do i",
    ),
    // Computer use
    rule(
        "English: order to act on a screen",
        ComputerUse,
        Clause,
        1.3,
        "open, click, double-click, scroll, tap, swipe, drag, hover, type, press, navigate, \
         launch, log in, sign in, login, log into, browse, download, upload, install, \
         uninstall, maximise, maximize, minimise, minimize, untick, tick, select, paste, \
         fill in, fill out, switch to, close, drop, resize, right-click, go to, check out, \
         unzip, visit, move the, use the browser, turn on, turn off, enable, disable, \
         rename all, take a screenshot, focus, toggle, pause, crop, duplicate, reload, \
         refresh, log out, log me, sign out, empty, shut down, restart, connect to, dismiss, \
         choose, choose the, set up, filter, bookmark, search for, look at the, on this, \
         go on, go through, put the, bring, bring the, change the, rename, copy, save, \
         submit, scroll through, zoom, export, attach, deselect, double click, right click, \
         hit, wait for, use keyboard, use the, step 1, book the, crop the, double-check, \
         delete, unlock",
    ),
    rule(
        "English: part of a screen",
        ComputerUse,
        Anywhere,
        1.0,
        "button, buttons, dropdown, drop-down, checkbox, checkboxes, popup, pop-up, dialog, \
         dialogue box, taskbar, toolbar, scrollbar, sidebar, cursor, mouse, mouse pointer, \
         desktop, tab, tabs, text field, search box, search bar, window, windows, menu, \
         address bar, start menu, context menu, cookie banner, hamburger menu, home screen, \
         recycle bin, trash, clipboard, modal, slider, wizard, radio button, input field, \
         login page, the page, tray, dock, gear icon, icon, second monitor, captcha, \
         checkout page, cart, screen, page, this page, web form, form, field, \
         required field, fields, folder, folders, checkmark, wallpaper, splash screen, \
         subtitles, full screen, fullscreen, bulk actions, row, cell, column, slide, layer, \
         layers, ribbon, status bar, notification, notifications, notification icon, pop up, \
         popup window, alert box, banner, tile, tiles, 2fa, 2fa prompt, password field, \
         login form, signup form, sign-up form, on-screen, on screen, the screen, \
         lower right, upper left, top left, top right, bottom right, bottom left, \
         lower left, upper right, left column, right corner, grey button, greyed out, \
         loading, spinner, url bar, search results, link, links, third link, first result, \
         next button, submit, submit it, confirmation page, summary page, product page, \
         product list, shopping basket, basket, video player, player, scroll bar, \
         progress bar, home page, homepage, settings page, options menu, right-click menu, \
         outliner, app drawer, quick settings, lock screen, splash, game window, \
         terminal window, file picker, installer, installer window, licence key, \
         activation key, wizard with",
    ),
    rule(
        "English: pointing or typing",
        ComputerUse,
        Anywhere,
        1.2,
        "click, clicks, clicking, click on, right-click, right-clicking, double-click, \
         scroll, scroll down, scroll up, screenshot, screenshots, coordinates, hit enter, \
         press enter, press ok, press continue, drag and drop, ctrl, cmd, alt tab, \
         press tab, hotkey, swipe, tick the, log in, double click, right click, left click, \
         left-click, middle click, long press, press and hold, hit save, hit ok, hit x, \
         hit next, hit submit, press next, press save, press escape, press space, arrow up, \
         arrow down, arrow keys, keyboard shortcut, keyboard shortcuts, keyboard, drag the, \
         drag it, drop it, hover over, tap ok, tap on, tap the, type in, type the, zoom in, \
         zoom out, tick every, tick all, select all, select the, untick the, check the box, \
         copy and paste, paste it, paste the, from the clipboard, in the clipboard, \
         switch tabs, new tab, close the tab, close all, reload, refresh the, log out, \
         logged in, log me, sign out, screenshot of, take screenshot, screen shot, \
         wait until, wait for, do not submit, don't submit, stop before, before paying, \
         go back, back button, dropdown menu, from the dropdown, on the page, on this page, \
         fill in, fill out, fill it, use the browser, in the browser, in chrome, in firefox, \
         using the mouse, on the screen, on my screen, in the window, with the mouse, \
         the browser",
    ),
    rule(
        "English: program to operate",
        ComputerUse,
        Anywhere,
        0.9,
        "browser, chrome, firefox, safari, edge, finder, file explorer, explorer, \
         control panel, system settings, settings, system preferences, task manager, \
         libreoffice, photoshop, gimp, notepad, emulator, vm, the app, app store, website, \
         web page, webpage, portal, device manager, thunderbird, downloads folder, vlc, \
         blender, spotify, outlook, gmail, excel, powerpoint, word document, figma, slack, \
         microsoft teams, zoom, amazon, ebay, youtube, google, google maps, google docs, \
         netflix, facebook, instagram, linkedin page, airbnb, booking.com, paypal, \
         calculator, the calculator, preview, mail client, file manager, terminal, \
         the terminal, the editor, intranet, dashboard, admin panel, the site, on the site, \
         online shop, webshop, app's, on this pc, this pc, on the pc, this mac, \
         this computer, my computer, my screen, home screen, phone emulator, \
         android emulator, obsidian, notion, trello, jira board, onedrive, dropbox, \
         google drive, illustrator, lightroom, premiere, audacity, steam, discord app, \
         wifi off, printer, spreadsheet, open spreadsheet",
    ),
    // Creative
    rule(
        "English: order to invent",
        Creative,
        Lead,
        0.7,
        "write, compose, invent, imagine, come up with, brainstorm, tell, continue, \
         describe, create, pitch, pretend, suggest, make up, craft, give me, dream up, \
         draft, retell, reimagine, rewrite the ending, outline, turn this into, turn the, \
         write me, write a, write the, make me laugh, sing, rap, give my, need a, create a, \
         i need words, roast, think of, design a character, let's roleplay, play the, you are",
    ),
    rule(
        "English: literary form",
        Creative,
        Anywhere,
        1.9,
        "poem, poems, poetry, story, stories, short story, haiku, sonnet, limerick, ballad, \
         ode, verse, verses, lyrics, song, chorus, fairy tale, fairytale, bedtime story, \
         fable, myth, legend, novel, novella, chapter, monologue, screenplay, script for a, \
         scene, dialogue, dialogues, fan fiction, fanfic, fanfiction, flash fiction, \
         fiction, villanelle, rap, rap verse, tale, microfiction, parody, satire, toast, \
         eulogy, lullaby, skit, sketch, sitcom, prose, couplet, free verse, tanka, acrostic, \
         short film, elegy, vignette, playlet, stand-up, jingle, speech, wedding speech, \
         best man, maid of honour, backstory, diary, diary entry, journal entry, epitaph, \
         manifesto, nursery rhyme, opera libretto, musical, drama, audio drama, episode, \
         trailer, comic, comic strip, cartoon, spoof, pastiche, retell, retelling, \
         reimagine, reimagined, epic, couplets, quatrain, quatrains, pantoum, ghazal, \
         sestina, folk tale, folktale, ghost story, horror story, love story, \
         detective story, adventure, sequel, prequel, prologue, epilogue, opening paragraph, \
         first page, first chapter, last line, plot, outline, bestiary, allegory, soliloquy, \
         ode to, hymn, anthem, sea shanty, shanty, theme song, rap battle, diss track, \
         blues song, love song, pop song, the chorus, a verse, stanzas, blank verse, \
         word story, word stories, micro story, story about, tale of, creation myth, \
         urban legend, origin story, scene in, scene where, scene between, character sketch, \
         character sketches, logline, log line, synopsis for a, treatment for a, storyboard, \
         greeting card, birthday card, wedding toast, poem about, songs, campfire, \
         crossover, anecdote, love poem, a letter from, letter from a, bedtime, personal ad, \
         pun-filled, roast, insults, curse words, backstories, lore",
    ),
    rule(
        "English: name or slogan",
        Creative,
        Anywhere,
        1.4,
        "slogan, slogans, tagline, taglines, catchy, pun, puns, punny, band names, \
         band name, brand name, name for, names for, pen name, title for, titles for, \
         name ideas, headline ideas, motto, caption, captions, joke, jokes, opening line, \
         first line, nickname, nicknames, one-liners, names, a name, need a name, \
         what to call, titles, album title, book title, title of my, shop name, \
         company name, team name, pet name, username ideas, tag line, catchphrase, \
         catchphrases, ad copy, ad for, commercial, campaign idea, brand, hashtag, \
         crossword clues, wordplay, double entendre, punchline, limericks, play on words, \
         laugh at, funny name, domain name, mascot",
    ),
    rule(
        "English: invented world",
        Creative,
        Anywhere,
        1.1,
        "character, characters, protagonist, villain, narrator, narrated, hero, heroine, \
         plot, plot twist, roleplay, role-play, worldbuilding, world-building, dragon, \
         dragons, wizard, elf, dwarf, ghost, vampire, werewolf, d&d, campaign, dungeon, \
         tiefling, bard, noir, dystopian, magic system, fantasy, sci-fi, science fiction, \
         in the style, in the voice, the voice of, first person, second person, \
         third person, love letter, steampunk, spaceship, kingdom, haunted, spooky, \
         whimsical, fictional, funny, surreal, eerie, melancholy, cosy, cozy, as if you, \
         you are the, you are a, stay in character, in character, the villain, npc, npcs, \
         hook, party of, paladin, druid, rogue, quest, tavern, goblin, witch, witches, \
         pirate, pirates, mermaid, knight errant, princess, prince, robot who, talking, \
         imaginary, made-up, fictitious, alien, aliens, time traveller, time traveler, \
         time travel, zombie, zombies, apocalypse, utopia, parallel universe, superhero, \
         detective, heist, lighthouse, cliffhanger, cliffhangers, twist, set in, \
         from the perspective, point of view, perspective of, from the point, hemingway, \
         shakespeare, tolkien, lovecraft, style of, in the manner, tone of, voice of, \
         unreliable narrator, moral, mood, atmosphere, comedic, absurd, epic battle, \
         heartwarming, poetic, romantic, gothic, monster, monsters, magical, enchanted, \
         cursed, haunted house",
    ),
    rule(
        "English: rhyme and tone",
        Creative,
        Anywhere,
        0.8,
        "rhyme, rhymes, rhyming, stanza, stanzas, iambic, meter, imagery, metaphors, \
         humorous, bittersweet, evocative, moody, plot hole, backstory",
    ),
    // Knowledge
    rule(
        "English: who, when or where",
        Knowledge,
        Lead,
        1.3,
        "who, whose, when, where, which, what year, which year, in which, how old, how far, \
         how long, how tall, how high, how big, how large, name the, list the, who's, \
         whats the capital, when's, where's, since when",
    ),
    rule(
        "English: what or how",
        Knowledge,
        Lead,
        0.8,
        "what, what's, whats, how, how's, does, do, is, are, did, was, were, has, why, \
         how come, tell me about, explain, give an overview, overview of, define, describe, \
         is it legal, list, difference between, compare, am i allowed, can you tell, \
         recommend",
    ),
    rule(
        "English: history and society",
        Knowledge,
        Anywhere,
        1.0,
        "war, wars, century, centuries, empire, dynasty, treaty, revolution, king, queen, \
         emperor, president, parliament, constitution, colony, colonial, reformation, \
         renaissance, medieval, ancient, roman, greek, ottoman, soviet, history of, \
         historical, historically, religion, tradition, monarch, monarchy, pope, \
         prime minister, senate, election, elections, minister, civil war, world war, ww1, \
         ww2, wwii, league, apartheid, genocide, philosophy, philosopher, republic, \
         crusades, pharaoh, government, political, politics, party, congress, federal, \
         supreme court, court, court case, military, army, navy, independence, nation, \
         nations, european, european union, eu, united nations, nato, united states, \
         american, british, french revolution, spanish, portuguese, russian, ussr, chinese, \
         japanese, indian, african, ottomans, mongol, vikings, viking, aztec, inca, maya, \
         egypt, egyptian, pharaohs, rome, greece, byzantine, venice, medici, habsburg, \
         catholic, protestant, orthodox, christianity, christian, islam, muslim, shia, \
         sunni, buddhism, buddhist, hindu, hinduism, judaism, jewish, church, bible, saint, \
         god, gods, goddess, mythology, heresy, feudal, peasants, nobility, slavery, \
         slave trade, suffrage, civil rights, industrial revolution, cold war, \
         great depression, holocaust, berlin wall, crisis, invasion, invaded, battle, \
         battle of, siege, general who, dictator, coup, communism, communist, fascism, \
         capitalism, electoral college, electoral, vote, voting, voters, referendum, brexit, \
         chancellor, governor, mayor of, prime ministers, presidents, queen elizabeth, \
         napoleon, hitler, stalin, churchill, lincoln, gandhi, caesar, assassinated, \
         economy, economies, trade route, healthcare system, healthcare systems, \
         pension system, schools of, movement, enlightenment, 18th century, 19th century, \
         17th century, 16th century, 20th century, bc, in 1945, apprentice, ordinary people, \
         everyday life in, in those days, heritage, unesco",
    ),
    rule(
        "English: geography and travel",
        Knowledge,
        Anywhere,
        0.9,
        "capital, capital of, country, countries, continent, river, rivers, island, islands, \
         border, borders, population, languages, currency, visa, time zone, flag, state, \
         states, city in, mountain, lake, longest, highest, largest, tallest, oldest, \
         deepest, biggest, cities, desert, located, airport, passport, spoken, lakes, \
         mountains, ocean is, sea, seas, coast, bay, strait, canal, peninsula, volcano in, \
         africa, african countries, asia, europe, south america, north america, antarctica, \
         arctic, greenland, iceland, norway, sweden, finland, denmark, netherlands, belgium, \
         switzerland, austria, germany, france, spain, portugal, italy, turkey, russia, \
         ukraine, poland, india, china, japan, korea, thailand, vietnam, indonesia, \
         australia, new zealand, canada, mexico, brazil, argentina, chile, peru, egypt, \
         morocco, nigeria, kenya, south africa, england, scotland, ireland, wales, london, \
         paris, berlin, rome, madrid, tokyo, new york, moscow, mongolia, capital city, \
         largest city, time zones, customs declaration, drive on, tipping, embassy, \
         best time to, time of year, climate in, when to visit, train from, how do people, \
         speak in, inhabited, uninhabited, territory, belongs to, region, province, \
         district, map of, distance from",
    ),
    rule(
        "English: arts, sport and everyday facts",
        Knowledge,
        Anywhere,
        0.8,
        "painted, painter, invented, discovered, founded, directed, composed, author, wrote, \
         published, album, world cup, olympics, olympic, nobel prize, oscar, cinema, museum, \
         painting, origin of, come from, comes from, known for, famous, meaning of, mean, \
         means, stand for, stands for, called, recipe, cook, boil, bake, cuisine, wine, \
         cheese, legal, law, laws, tax, etiquette, invented by, band, actor, actress, film, \
         movie, movies, architect, built, opera, novelist, championship, record for, \
         rules of, difference between, premiere, etymology, expression, idiom, the phrase, \
         the word, saying, slang, word for, name come from, named after, named for, \
         nickname of, champion, title holder, world record, youngest, first person, \
         first woman, first man, first to, won the, winners, best picture, academy award, \
         grammy, eurovision, premier league, champions league, offside, offside rule, \
         football, soccer, tennis, cricket, basketball, baseball, rugby, golf, chess, \
         formula 1, tour de france, marathon record, team won, coach of, player, players, \
         played the, played by, who played, sang, sung by, singer, guitarist, drummer, \
         pianist, symphony, concerto, composer, beethoven, mozart, bach, beatles, song by, \
         lyrics meaning, painter of, mona lisa, sculpture, sculptor, gallery, impressionism, \
         impressionist, baroque, gothic cathedral, cathedral, castle, tower, bridge built, \
         built in, designed by, poet, playwright, ending of, plot of, directed by, tv show, \
         series finale, netflix show, video game released, freeze, freezer, fridge, frozen, \
         defrost, reheat, leftovers, expire, expiry, shelf life, store, stain, stains, \
         remove stains, laundry, wash, clean, cleaning, vinegar to, rice, pasta, eggs, egg, \
         meat, chicken, bread, butter, milk, jam, coffee, tea, beer, whisky, whiskey, grape, \
         vineyard, pesto, sushi, spices, vegetable, vegetables, fruit, tomatoes, \
         substitute for, calories in, illegal, allowed to, notice period in, tenant, \
         tenants, landlord enter, licence, license, permit, customs duty, declare, \
         insurance required, rights, copyright, patent law, minimum wage, retirement age, \
         public holiday, holidays, christmas traditions, easter, ramadan, thanksgiving, \
         halloween, invention, inventor, founder, company founded, ceo of, who owns, \
         owner of, population of, net worth, how many people, lifespan, breed, breeds, \
         etiquette in, difference, vs, versus",
    ),
    // Personal
    rule(
        "English: own affairs",
        Personal,
        Owned,
        1.7,
        "calendar, inbox, emails, email, mail, mails, messages, message, texts, contacts, \
         contact, appointment, appointments, meeting, meetings, schedule, reminder, \
         reminders, alarm, alarms, photos, photo, pictures, picture, camera roll, \
         heart rate, steps, sleep, weight, blood pressure, glucose, prescription, \
         medication, workout, workouts, to-do list, todo list, to-do, shopping list, \
         grocery list, bank account, account balance, spend, spent, spending, birthday, \
         anniversary, flight, flights, boarding pass, subscription, subscriptions, playlist, \
         voicemail, wife, husband, mom, mum, mother, dad, father, sister, brother, boss, \
         kids, son, daughter, doctor, dentist, landlord, friend, girlfriend, boyfriend, \
         partner, grandma, reservation, booking, parking spot, package, health data, ecg, \
         cycle, period, workout data, route home, commute, health app, screenshots, \
         insurance, receipts, passport, 1:1, standup, gym, roommate, colleague, vacation, \
         vacation days, holiday, holidays, days off, location, gps, parcel, delivery, \
         booking confirmation, confirmation, voucher, gift card, receipt, invoice, invoices, \
         bills, voice memo, voice memos, memo, album, screen time, pace, goal, goals, pill, \
         pills, tablets, timer, pin, password, account number, transactions, paycheck, \
         salary, rent, credit card, song, songs, alarm clock, runs, ride, walk, walks, \
         weigh-in, diet log, food diary, health diary, diary, blood sugar, sugar level, \
         migraine, doctor's, vet, therapist, school, teacher, kid, kids', children, \
         neighbour, neighbor, cousin, uncle, aunt, nephew, niece, parents, flatmate, \
         sister in, mother in, brother in, train, bus, hotel, trip, itinerary, \
         passport number, licence plate, license plate, wallet, bag, laptop, chats, chat, \
         dms, voicemails, missed calls, call log, contacts list, address book, shift, \
         shifts, homework, exam, todo, errands, groceries, recipes saved, bookmarks",
    ),
    rule(
        "English: order to an assistant",
        Personal,
        Lead,
        1.8,
        "remind, remind me, wake me, set an alarm, set a timer, set a reminder, set alarm, \
         set timer, add milk, dial, facetime, read me, reply to, send my, send a message, \
         send a text, tell my, add to my, add that to, put it in, book me, find my, \
         find the photo, show me pictures, show me photos, show me my, when's my, \
         where's my, what's my, whats my, when is my, where is my, what is my, move my, \
         cancel my, reschedule, block two, block out, decline, snooze, play my, log my, \
         check my, check whatsapp, did anyone, has anyone, how many steps, how did i, \
         what did i, where did i, who did i, when did i, did i, do i have, have i, \
         am i free, forward, archive, schedule, pull up, share my, mute, unmute, start a, \
         navigate home, how much did, how was my, text back, who emailed, who called, \
         what time is, tell mom, tell mum, tell dad, ask mom, ask mum, ask dad, \
         let him know, let her know, let them know, call mom, call mum, call dad, call the, \
         call my, call him, call her, call grandma, text him, text her, text my, message my, \
         email my, ring my, share, turn on the, turn off the, dim the, lock the, play the, \
         play some, skip this, skip the, next song, pause the, what's on, what have i, \
         what do i, what did, what was i, what was my, where are my, where's the, when am i, \
         when do i, when is the, who was i, who do i, who from, who have i, who sent, \
         how long was, how long did, how much have, how much do, how many calories, \
         how many vacation, how many days, how much money, how much is, has my, has the, \
         did my, did the, did mum, did mom, did dad, is my, are my, do my, did we, \
         are there any, any new, any messages, any emails, any meetings, show the, show all, \
         show photos, show pictures, find the message, find the email, find the mail, \
         find the picture, find that, find all, look through, look up my, look for, \
         search my, go through my, make an album, make a note, take a note, note that, \
         write down, save this, jot down, put milk, put it on, put this on, add a, add an, \
         add this, add eggs, add the, invite, rsvp, accept the, book a table, book an, \
         order more, order my, pay my, transfer, track my, log a, log that, record my, \
         start my, stop the, start timer, set my, compare my, read my, read out, read it, \
         open my, delete my, cancel tomorrow's, cancel the alarm, cancel all, \
         move the meeting, push my, postpone my, send it, send her, send him, send them, \
         send the, wake us, navigate to work, get me, text, call, place a call, \
         have an alarm, wake, do i need, is there an",
    ),
    rule(
        "English: messages and appointments",
        Personal,
        Anywhere,
        1.1,
        "remind me, whatsapp, imessage, my calendar, my inbox, my contacts, in contacts, \
         voicemail, unread, telegram, my mail, my email, my emails, my messages, my photos, \
         my notes, i sent, sent me, email me, emailed me, texted me, replied to, reply to, \
         call me, called me, wrote me, text me, messaged me, my next, my last, my schedule, \
         appointment, dentist, my phone, pictures of, photo i, photos of, photo of, \
         photos from, picture i, i took, i spent, i parked, i saved, on my, wake me, alarm, \
         running late, shopping list, to my list, dial, on speaker, conflicts, call back, \
         group chat, i free, my week, my day, free then, my trip, i ordered, i booked, \
         i walk, i slept, my sleep, calendar invite, rsvp, i bought, i walked, i said, \
         i promised, i supposed, i weigh, in my, for my, with my, from my, my location, \
         of my, calendar, in the calendar, my vacation, vacation days, pto, days off, \
         meeting with, a meeting, meetings, any meetings, reminders, a reminder, set a, \
         timer, an alarm, to-do, todo list, to do list, grocery list, the list, shopping, \
         inbox, mails, in the mails, voice memo, voice message, notes app, health app, \
         health diary, fitness, smart watch, smartwatch, my watch, resting heart, \
         step count, screen time, order number, order status, tracking number, boarding, \
         check in, checked in, my flight, flight leave, flight status, my train, my bill, \
         bill due, spend on, spent on, last night, my pill, birthday, birthdays, \
         phone number, missed call, sent the, has sent, replied, replied yet, any news from, \
         hear from, heard from, from school, the baby, the kids, my kids, the dog, \
         we booked, i told, i put, i wrote, i saw, did i last, i last, did i see, i did, \
         i owe, owes me, i park, i left, i lent, i supposed to, tell him, tell her, \
         tell them, let him know, on my way, be late, i'll be, i'm running, pick up, \
         pick me up, when i get, get home, i get home, next to me, near me, my current, \
         my house, at home, thermostat, playlist, next song, this song, for an hour, \
         with both, on track, according to my, my phone's, my gallery, gallery, \
         the pictures, all photos, all pictures, selfies, reminder, calories, sms, yet",
    ),
    rule(
        "English: relatives",
        Personal,
        Anywhere,
        0.5,
        "mum, mom, dad, grandma, grandpa, auntie, wife, husband, sister, brother, daughter, \
         son, sister-in-law, granny, in law, grandmother, grandfather, cousin, uncle, aunt, \
         nephew, niece, my boss, roommate, neighbour, neighbor, babysitter, my dentist, \
         my doctor",
    ),
    rule(
        "English: soon",
        Personal,
        Anywhere,
        0.5,
        "tomorrow, tonight, this week, next week, last week, last month, this morning, \
         this afternoon, yesterday, last night, last christmas, o'clock, at noon, \
         this evening, next month, today, this month, next thursday, next friday, \
         next monday, tomorrow's, on thursday, on friday, on monday, on tuesday, \
         on wednesday, on saturday, on sunday, thursday, this weekend, the weekend, \
         next two weeks, this year, last year, in november, in january, a while ago, \
         at half past, at 8, at 9, at 7, at 10, 8am, 9am, 7am, 6pm, 8pm, pm, am",
    ),
    // General
    rule(
        "English: order to rework a text",
        General,
        Transform,
        2.3,
        "rewrite, rephrase, reword, paraphrase, summarise, summarize, summary of, translate, \
         translate this, shorten, proofread, correct, fix the grammar, fix grammar, \
         fix my grammar, fix the spelling, make this, make it, extract, categorise, \
         categorize, classify, condense, tl;dr, tldr, turn my, turn this, turn these, \
         put these, put this, format, polish, simplify this, convert these, reformat, \
         clean up, improve this, edit this, bullet points, tl dr, sort these, tidy up, \
         make these, merge these, pull out, label each, tag each, is this email, spellcheck, \
         alphabetise, alphabetize, fix typos, transcribe, expand this, tone down, \
         make the following, make my, say this, say it, reword this, give me this, \
         give this, change this, change the tone, turn the list, turn it, edit the, \
         check the spelling, check my, correct the, correct my, correct this, \
         please translate, translate:, summarise this, draft a, draft an, write a reply, \
         write a short, write a brief, write a polite, write an email, write a notice, \
         write a linkedin, write a two-sentence, write a message, write a letter, \
         write a cover, write an out, write back, combine these, split this, rate these, \
         rank these, alphabetise these, remove duplicates, pull the, pick out, trim, \
         cut this, tighten, soften, how would you, what's a less, what's another, \
         which is correct, is this review, is this sentence, bulletise, convert to",
    ),
    rule(
        "English: text for everyday use",
        General,
        Anywhere,
        1.3,
        "cover letter, write an email, an email to, email to my, a letter to, \
         thank you note, thank you card, thank-you, out of office, bullet points, \
         bullet list, plain english, grammar, spelling, typos, more polite, politer, \
         more formal, more professional, less formal, polite, friendlier, more concise, \
         in one sentence, in two sentences, in three sentences, singular or plural, \
         sounds better, sound better, sound more, into german, into french, into english, \
         into spanish, to portuguese, to english, to french, to spanish, to german, \
         into italian, in german, summary, summarise, summarize, wording, \
         the following text, this article, this email, linkedin, cv, resume, letter, \
         following paragraph, this paragraph, this text, translate, translation, rewrite, \
         rephrase, complaint, meeting notes, minutes, meeting minutes, tone, newsletter, \
         product description, invitation, apology, notice period, this thread, tweet, comma, \
         sentence, synonym, synonyms, press release, memo, agenda, reference letter, \
         british spelling, job ad, testimonial, a reply, reply declining, subject line, \
         subject lines, past tense, present tense, passive voice, active voice, \
         into a sentence, one sentence, two sentences, three sentences, one paragraph, \
         one line, a paragraph, two paragraphs, these paragraphs, positive or negative, \
         negative or positive, phrase, rephrased, correct, is correct, more confident, \
         more friendly, passive-aggressive, less aggressive, simple english, simpler words, \
         simple words, simpler, plain sentences, in plain, another word, better word, \
         what's a word, word for, in italian, in spanish, in french, in japanese, \
         into portuguese, to italian, to dutch, into dutch, from english, from german, \
         spell, spelled, spell check, check spelling, punctuation, capital letters, \
         apostrophe, misspelled, typo, notice for, a notice, sign for, announcement, \
         announcing, announce, a post, blog post, instagram post, facebook post, \
         social media, out-of-office, auto-reply, birthday wishes, condolences, condolence, \
         congratulations, congratulate, invitation to, invite for, rsvp text, reminder to a, \
         reminder email, follow-up email, follow up email, email asking, email to, \
         message to, letter to, dear, kind regards, regards, sincerely, hi team, as a list, \
         bulleted, numbered list, into a table, in a table, columns, markdown, shorten, \
         shorter, condense, too long, 280 characters, words or less, under 100 words, \
         the gist, key points, main points, takeaways, read aloud, the following, for me, \
         categories, category, sentiment, keywords, extract, tense, register, wordy, flows, \
         reads better, rewritten, reformat, job interview, interview answer, bio, about me, \
         self-introduction, recommendation letter, resignation, resignation letter, tenancy, \
         landlord saying, complaint letter, cancel my contract, thank-you note, \
         thank you email, feedback for",
    ),
    rule(
        "English: small talk",
        General,
        Opening,
        1.7,
        "hello, hi, hey, thanks, thank you, good morning, good evening, good night, \
         good afternoon, how are you, how's it going, how is it, what's up, sup, yo, \
         who are you, what can you, what are you, are you a, are you human, \
         tell me something, lol, bye, goodbye, cheers, never mind, nevermind, sorry, ok, \
         okay, see you, i'm bored, im bored, can we just, i'm sad, rough day, hello there, \
         goodnight, talk to you, see ya, cya, good day, greetings, howdy, thank u, thx, ty, \
         much appreciated, you're great, you're welcome, well done, are you real, \
         real person, are you there, do you sleep, do you like, do you have, how old are, \
         where are you, who made you, what's your name, tell me a",
    ),
    rule(
        "English: advice and talk",
        General,
        Anywhere,
        0.9,
        "any tips, tips for, advice, motivated, motivation, feeling, feel lost, bored, \
         rough day, lonely, can we chat, just chat, chat, gift, gift ideas, what should i, \
         should i say, small talk, icebreaker, ideas for, what do you, your opinion, \
         stressed, cheer me up, pros and cons, feel like, nervous, overwhelmed, \
         your favourite, your favorite, is it rude, rude, do you think, should i, \
         am i wrong, how do other, other people deal, deal with that, how to deal, i feel, \
         i'm feeling, feeling down, feel stupid, feels like, tell someone, wanted to tell, \
         proud, happy today, sad today, can't sleep, heartbroken, broke up, breakup, \
         procrastinate, procrastinating, putting off, get myself, habit, habits, confidence, \
         introvert, awkward, small-talk, conversation starters, present for, get my, \
         what to get, birthday gift, what to wear, don't know what, no idea what, \
         help me decide, else can you, what else, you're great, talk to you, \
         keep me company, cheer up, encourage, pep talk, how was your",
    ),
    rule(
        "English: asking about the assistant",
        General,
        Lead,
        1.3,
        "are you, do you, were you, have you, who made you, who built you, who created you, \
         who do you, what do you, where do you, where were you, what's your, what is your, \
         how old are, are u, can i ask, what can i",
    ),
    rule(
        "English: saying it in another language",
        General,
        Anywhere,
        1.7,
        "do i say, would i say, how would i, i say hello, i say, say hello, say goodbye, \
         say thank, they say, do you say, tell me how, how to say, the word for, \
         in another language, in mandarin, in korean, in russian, in arabic, in portuguese, \
         in latin, in dutch, in swedish, in finnish, in hindi, in chinese, in turkish, \
         in polish, in greek, in english, in norwegian, in swahili",
    ),
    rule(
        "English: the assistant itself",
        General,
        Anywhere,
        1.5,
        "programmed you, made you, built you, created you, owns you, you born, \
         you were born, your name, your age, your creator, your birthday, you human, \
         you a human, are human, you real, you a robot, a robot, you an ai, this ai, the ai, \
         your hobbies, your favorite, your favourite, ask you, you do for, help me with, \
         your purpose, your family, you from, you sleep, you dream, meaning of life, \
         your boss, you work for, thank you, thanks, appreciate it, appreciate, \
         nice talking, good talk, talk later, your programming, your code, your help",
    ),
    // Reasoning
    rule(
        "English: logic puzzle",
        Reasoning,
        Anywhere,
        1.8,
        "riddle, puzzle, logic puzzle, brain teaser, knights and knaves, knave, knaves, \
         liar, liars, always lies, always lie, tells the truth, telling the truth, \
         truth-teller, is lying, who is telling, who did it, counterfeit, weighings, \
         balance scale, light bulb, three switches, cross the river, cross a river, \
         cross a bridge, all my sheep, comes next, next number, next in the, \
         rearrange the letters, odd one out, round table, wolf goat, sudoku, hourglass, \
         prisoners, suspects, suspect, anagram, minesweeper, chess position, tic-tac-toe, \
         zebra puzzle, einstein's riddle, hanoi, coloured houses, cipher, murderer, culprit, \
         deduce, clue, clues, each person, logic grid, trick question, the trick, \
         explain the trick, how is that, how come, two doors, three doors, which door, \
         closed doors, the host, monty hall, goat, two guards, guards, coloured hats, \
         black hat, white hat, red hat, hats are, burning rope, ropes, matches, nim, \
         take turns, goes first, go first, winning strategy, who wins, twelve coins, \
         nine coins, poison, missing dollar, prisoner's dilemma, rooms, treasure, boxes, \
         labelled, mislabelled, mislabeled, marked wrongly, opens, honest, dishonest, \
         truthful, always tell, tell the truth, lied, only one, who killed, who stole, \
         thief, butler, witness, witnesses, alibi, detective's, guess the rule, the rule, \
         next letter, next term, missing number, missing letter, fill the grid, \
         crossword logic, bulb, lamp, surgeon, father's son, brothers and sisters, \
         day after tomorrow, day before yesterday, yesterday had, had been tomorrow, \
         today would be, how many sisters, how many brothers, twins, siblings, \
         family relation, what am i, who am i, belong, doesn't belong, doesn't fit, odd one, \
         fewest crossings, crossings, ferry, boat holds, raft, moves, tower of hanoi, \
         chessboard, queens, knight's tour, euler path, exactly once, königsberg, clock, \
         seating, truth table, truth tables, predicate logic, propositional logic, \
         proposition, propositions, symbolization, fallacies, fallacy of, venn",
    ),
    rule(
        "English: relations between things",
        Reasoning,
        Anywhere,
        0.9,
        "next to, left of, right of, the left, the right, to the left, immediately, \
         opposite, sits between, sitting, neither, nor, either, exactly two, exactly one, \
         at least one, not the, isn't the, doesn't, older than, younger than, taller than, \
         shorter than, faster than, heavier than, came in, finished before, finished after, \
         finished, isn't next, not next, lives in, lives next, before c, at most one, \
         at most two, only one, none of, each of, each own, different, directly after, \
         right after, must be before, same day, sits, facing, wasn't, better than, \
         worse than, richer than, poorer than, higher than, lower than, earlier than, \
         later than, more than one, fewer than, before the, after the, between them, \
         in front of, behind, above, below, adjacent, in a row, on the left, on the right, \
         directly left, directly right, second house, first house, in which order, \
         what order, same as, the other two, one of us, one of them, one of the, \
         all of them, some of the, but not, isn't the best, isn't first, wasn't last, \
         nor last, both or neither, whenever, only if, except those, every one, any of, \
         belongs to, owns the, has the, wears, likes, hates, each has",
    ),
    rule(
        "English: inference",
        Reasoning,
        Anywhere,
        1.5,
        "what follows, does it follow, it follows, can we conclude, conclude, conclusion, \
         logically, valid argument, argument valid, syllogism, fallacy, contradiction, \
         premise, premises, necessarily, must be true, must be false, which of these, \
         deduce, deduction, infer, inference, imply, implies, reasoning, step by step, \
         walk through, counterfactual, thought experiment, paradox, consistent, \
         inconsistent, if and only, suppose every, assumption, assumptions, hypothetical, \
         counterexample, sound argument, logic, logical, valid, game theory, payoff, \
         trolley, nash equilibrium, second-order, root cause, inferred, can be inferred, \
         can't be inferred, what can be, which conclusion, conclusions, safe to, \
         does that prove, does it prove, prove that he, does that clear, implicate, flaw, \
         flaws, each flaw, flawed, appeal to, straw man, ad hominem, circular, \
         slippery slope, non sequitur, begging the question, consistency, contradict, \
         contradicts, contradictory, contradicting, therefore, thus, hence, \
         given these facts, given only, only these facts, statement, the statements, \
         true or false, both true, both false, must have, must be, could it be, \
         is that possible, possible or, change your mind, update my belief, change what you, \
         what you believe, intuition, goes wrong, counterintuitive, think it through, \
         walk me through, argue both, both sides, devil's advocate, deciding question, \
         first principles, two steps ahead, steps ahead, ripple effects, \
         unintended consequences, what if, scenario, scenarios, probability of each, \
         rule out, ruled out, explanations, candidate explanations, hypotheses, \
         which explanation, diagnose why, cause and effect, correlation, causation, \
         why it's different, explain why that, which one and, better bet, rational, \
         irrational, bias, dilemma, tip it, more likely, likelier, get this wrong, \
         draw from, follow from, is to, as a is, analogy, proposes, must follow, if so, \
         would it, would that, does that mean",
    ),
    rule(
        "English: planning under conditions",
        Reasoning,
        Anywhere,
        1.3,
        "itinerary, schedule six, seating plan, seating chart, assign, allocate, rota, \
         roster, timetable, scheduling, violates, violate, constraints, constraint, \
         trade-offs, tradeoffs, trade-off, weigh the, weigh up, options, option 1, option a, \
         option b, change your mind, decide between, prioritise, prioritize, plan a, \
         plan our, plan for, strategy, minimum total, minimum number, fewest, optimal, \
         contingency, feasible, schedule so, shifts, no one works, runway, decision, \
         deadlines, bottleneck, budget of, fit in, shortest, sequence of, carpool, seating, \
         split the, order should, split them, split, who should, in which order, what order, \
         an order, order that works, layout, time slots, slots, depot, drops, vans, drivers, \
         seats, rehearsals, rehearsal, rotation, shifts so, cover all, availability, \
         available only, can only, only available, free on, away on, leaves at, \
         leave earlier, arrive by, deadline, out at, needs the, at most two, at most three, \
         two days off, per day, per person, under budget, delivery route, packing, knapsack, \
         dependencies between, critical path, milestones, roadmap, option 2, option 3, \
         weigh, evaluate options, trade off, recommend which, which option, priorities, \
         mitigation, fallback plan, step plan, study plan, training plan, meal plan, \
         three-day, 3 day, weekend trip, work out a, propose an, find an, organising, \
         organizing, constraints:, restrictions, must ride, must not, may not, needs to be, \
         have to be, timeline, make a timeline, order of, in one weekend, first in, \
         last out, blocked, helpers, volunteers, only comes, leave at, before noon, \
         ordering, majority, proposes, vote on, arrange so",
    ),
    rule(
        "English: order to plan or infer",
        Reasoning,
        Lead,
        1.2,
        "plan, assign, schedule, arrange, suppose, suppose every, imagine you, if some, \
         if all, if every, if no, assume, work out who, figure out, decide, allocate, weigh, \
         deduce, is this argument, every time, determine who, evaluate the, \
         complete the pattern, find the flaw, rank, spot the, what comes next, \
         if you rearrange, who is lying, what would happen, given, given only, rank the, \
         should a, should we, argue, guess, find a valid, propose, propose an, \
         identify each, identify the, explain why, three people, two people, four people, \
         five people, you have, you see, you find, you're in, there are, if yesterday, \
         if it takes, what comes, next letter, is it possible, my argument, someone argues, \
         a says, two doors, a man, a farmer, a detective",
    ),
    // Difficulty
    rule(
        "English: word of depth",
        Depth,
        Anywhere,
        1.0,
        "prove, proof, derive, derivation, rigorous, rigorously, optimise, optimize, \
         optimal, asymptotic, generalise, generalize, necessary and sufficient, \
         from first principles, formally, trade-offs, tradeoffs, architecture, design a, \
         scalable, distributed, concurrency, lock-free, race condition, deadlock, \
         root cause, critically, in depth, in-depth, comprehensive, thorough, nuanced, \
         mechanism, step by step, edge cases, counterexample, refactor, complexity, \
         second-order, compare and contrast, evaluate, synthesise, synthesize, constraints, \
         minimise, maximise, minimize, maximize, implement, hypothesis, \
         differential diagnosis, under which, assumptions, show that, consequences",
    ),
    rule(
        "English: condition",
        Constraint,
        Anywhere,
        1.0,
        "must, must not, cannot, can't, without, exactly, at least, at most, no more than, \
         only, unless, except, provided that, between, each, every, never, always, under, \
         within, should not, shouldn't, limit, avoid, nobody, both, not allowed, make sure, \
         ensure",
    ),
];
