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
        "Spanish: common words",
        Language,
        Anywhere,
        0.0,
        "el, los, las, una, es, que, en, por, para, con, mis, del, qué, cómo, cuál, quién, \
         cuándo, dónde, al, lo, está, hay, pero, si, un, escribe, cuánto, cuántos, tengo, \
         ha, dos, y, esta, este, cuando, porque, tiene, puede, muy, sin, sobre, entre, \
         hasta, desde, quiero, necesito, dame, haz, nadie",
    ),
    rule(
        "Spanish: filler",
        Filler,
        Anywhere,
        0.0,
        "por, favor, puedes, podrías, puede, quiero, necesito, me, y, luego, después, el, \
         la, los, las, un, una, ayúdame, que, a",
    ),
    rule(
        "Spanish: possessive",
        Possessive,
        Anywhere,
        0.0,
        "mi, mis, nuestro, nuestra, nuestros, tengo, he",
    ),
    rule(
        "Spanish: programming",
        Coding,
        Anywhere,
        1.5,
        "código, función en, una función, programa, programar, script, base de datos, \
         consulta sql, consulta, error, excepción, compila*, bucle, algoritmo, servidor, \
         variable*, puntero*, clase, método, arreglo, recursiv*, expresiones regulares, \
         depurar, valide, validar, biblioteca de, despliegue, repositorio",
    ),
    rule(
        "Spanish: mathematics",
        Math,
        Anywhere,
        1.8,
        "ecuación, ecuaciones, derivada*, integral*, calcula, calcular, probabilidad*, \
         demuestra, demostrar, matriz, matrices, triángulo*, raíz, raíces, polinomio*, \
         porcentaje, cuánto es, cuánto son, límite de, número primo, primos, divisible*, \
         área, perímetro, promedio, desviación, vector*, suma de, resuelve, logaritmo*, \
         dados, urna, fracción, intereses, rectángulo, converge",
    ),
    rule(
        "Spanish: science",
        Science,
        Anywhere,
        1.6,
        "física, química, químico*, biología, molécula*, átomo*, electrón*, electrones, \
         energía, reacción, luz, gravedad, magnético, temperatura, presión, célula*, \
         células, gen, genes, genético*, proteína*, enzima*, bacteria*, virus, vacuna*, \
         planta*, fotosíntesis, evolución, paciente*, síntoma*, diagnóstico, medicamento*, \
         estrella*, agujero negro, agujeros negros, planeta*, entropía, experimento*, \
         ácido*, oxígeno, clima, terremoto*, volcán, volcanes, cáncer, cancerosas, \
         glucólisis, glucosa, sangre, neurona*, antibiótico*, especie*, cerebro, átomos, \
         océano",
    ),
    rule(
        "Spanish: logic and planning",
        Reasoning,
        Anywhere,
        1.7,
        "acertijo*, adivinanza*, lógica, lógico, miente, mienten, mentiroso*, \
         dice la verdad, verdad, concluir, deducir, deduce, a la izquierda, a la derecha, \
         al lado de, enfrente, planifica, horario, turnos, restricciones, itinerario, \
         paso a paso, contradicción, premisas, cruzar un río, cruzar el río, cruzar, barca, \
         culpable, sospechoso*, pesadas, balanza, razonamiento, válido, opciones, \
         necesariamente, orden, caballero*, en qué orden, reparte, asigna, \
         el siguiente número",
    ),
    rule(
        "Spanish: order to act on a screen",
        ComputerUse,
        Clause,
        1.5,
        "abre, haz clic, haz, pulsa, presiona, desplázate, escribe en, selecciona, descarga, \
         sube, inicia sesión, entra en, ve a, rellena, completa, cierra, arrastra, marca, \
         desmarca, instala, activa, desactiva, navega, copia",
    ),
    rule(
        "Spanish: part of a screen",
        ComputerUse,
        Anywhere,
        1.2,
        "clic, botón, ventana, navegador, pantalla, captura, escritorio, pestaña*, \
         formulario, menú, ajustes, configuración, ratón, cursor, campo, barra de búsqueda, \
         sitio web, página, carrito, casilla, desplegable, esquina superior, icono, \
         mi cuenta, carpeta de descargas, portal",
    ),
    rule(
        "Spanish: order to invent",
        Creative,
        Lead,
        0.9,
        "escribe, escríbeme, inventa, imagina, cuenta, cuéntame, compón, redacta, crea, \
         propón, describe, continúa",
    ),
    rule(
        "Spanish: literary form",
        Creative,
        Anywhere,
        1.9,
        "poema*, cuento*, relato*, historia de, fábula*, soneto*, haiku, canción, letra de, \
         novela, escena, diálogo, carta de amor, eslogan*, lema, personaje*, héroe, rima*, \
         versos, estrofa*, nana, nombre para, nombres para, chiste*, monólogo, terror, \
         final abierto, microrrelato, brindis, villano, hada*",
    ),
    rule(
        "Spanish: who, when or where",
        Knowledge,
        Lead,
        1.4,
        "quién, quiénes, cuándo, dónde, cuál, cuáles, en qué año, qué país, \
         cuántos habitantes, cuántos, cuántas, desde cuándo, cuál es, quien, cuando, donde, \
         cual",
    ),
    rule(
        "Spanish: what or how",
        Knowledge,
        Lead,
        0.8,
        "qué, qué es, cómo, por qué, explica, explícame, es, se puede, háblame, existe, \
         cuánto, cuánto tarda",
    ),
    rule(
        "Spanish: facts of the world",
        Knowledge,
        Anywhere,
        1.0,
        "capital, siglo*, guerra*, emperador, rey, reina, república, revolución, río más, \
         país, países, isla*, montaña, habitantes, presidente, tratado, mundial, inventó, \
         fundó, pintó, escribió, significa, diferencia, diferencia entre, ley, constitución, \
         receta, más largo, más alto, más grande, edad media, museo, descubrió, ganó, \
         imperio, bandera, independencia, lengua oficial",
    ),
    rule(
        "Spanish: own affairs",
        Personal,
        Owned,
        1.8,
        "agenda, calendario, cita, citas, mensajes, mensaje, correos, correo, bandeja, \
         fotos, contactos, alarma, pasos, sueño, cumpleaños, lista de la, lista, \
         cuenta bancaria, reunión, reuniones, madre, padre, esposa, mujer, marido, hermana, \
         hermano, médico, dentista, jefe, vuelo, notas, peso, móvil, teléfono, mañana, \
         pulso, hijo, hija, gasté",
    ),
    rule(
        "Spanish: order to an assistant",
        Personal,
        Lead,
        2.0,
        "recuérdame, llama, llámame, envía, envíale, manda, mándale, despiértame, léeme, \
         responde, contesta, pon una, pon, añade, agrega, mueve, muéstrame, enséñame, \
         qué reuniones, tengo, cuántos pasos, cuánto gasté, cuánto he, dónde aparqué, \
         a qué hora, cuándo es mi, cancela, me ha, avísame, dile",
    ),
    rule(
        "Spanish: messages and appointments",
        Personal,
        Anywhere,
        1.2,
        "recuérdame, whatsapp, mis mensajes, mis correos, mamá, papá, esta noche, \
         esta semana, ayer, hoy, semana pasada, me ha escrito, me escribió, me ha, \
         mi agenda, despertador, cumpleaños, mi próxima, reuniones, mañana a, tengo mañana, \
         qué hora, abuela, cita",
    ),
    rule(
        "Spanish: order to rework a text",
        General,
        Transform,
        2.3,
        "traduce, traduzca, resume, resumir, reformula, corrige, acorta, reescribe, mejora, \
         simplifica, extrae, convierte este, convierte esto, clasifica, pasa este, ordena",
    ),
    rule(
        "Spanish: text for everyday use",
        General,
        Anywhere,
        1.3,
        "traducir, traducción, traduce, al inglés, al español, al francés, al alemán, \
         resumen, este texto, esta frase, ortografía, gramática, más formal, más educado, \
         más amable, carta de presentación, correo a, correo para, un correo, carta a, \
         párrafo, frases, sinónimo*, tono, redacta, viñetas, suena",
    ),
    rule(
        "Spanish: small talk",
        General,
        Opening,
        1.6,
        "hola, buenos días, buenas tardes, buenas noches, buenas, gracias, cómo estás, \
         qué tal, quién eres, qué puedes, adiós, hasta luego",
    ),
    rule(
        "Spanish: advice and talk",
        General,
        Anywhere,
        0.9,
        "consejos, consejo, idea de regalo, regalo, qué debo, charlar, aburrido, aburrida, \
         motivación, estresado, estresada, me siento, desahogar*",
    ),
    rule(
        "Spanish: word of depth",
        Depth,
        Anywhere,
        1.0,
        "demuestra, demostrar, justifica, optimiza*, en detalle, detallad*, analiza, \
         compara, riguros*, diseña, arquitectura, mecanismo, consecuencias, deduce",
    ),
    rule(
        "Spanish: condition",
        Constraint,
        Anywhere,
        1.0,
        "debe, deben, sin, exactamente, al menos, como máximo, solo, sólo, excepto, nunca, \
         siempre, cada, ningún, ninguno, nadie, no puede, máximo, mínimo",
    ),
];
