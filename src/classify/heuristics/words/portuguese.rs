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
        "Portuguese: common words",
        Language,
        Anywhere,
        0.0,
        "um, é, meu, minha, na, não, qual, quem, quando, onde, são, ao, eu, está, pelo, foi, \
         entre, você, quanto, quantos, o, uma, dos, das, com, pela, isso, esse, essa, isto, \
         também, sem, sobre, até, muito, mais, tem, ser, nos, nas, à, às, abre, clica, \
         minhas, meus",
    ),
    rule(
        "Portuguese: filler",
        Filler,
        Anywhere,
        0.0,
        "por, favor, você, pode, poderia, preciso, quero, me, e, depois, o, os, as, um, uma, \
         de, que, ajuda",
    ),
    rule(
        "Portuguese: possessive",
        Possessive,
        Anywhere,
        0.0,
        "meu, meus, minha, minhas, nosso, nossa, tenho, eu",
    ),
    rule(
        "Portuguese: programming",
        Coding,
        Anywhere,
        1.5,
        "código, função em, uma função, programa em, script, banco de dados, base de dados, \
         consulta sql, erro, exceção, compila*, laço, algoritmo, servidor, variáve*, \
         ponteiro*, classe, método, recursiv*, depurar, expressão regular, aplicativo em, \
         implementar, lista encadeada",
    ),
    rule(
        "Portuguese: mathematics",
        Math,
        Anywhere,
        1.8,
        "equação, equações, derivada*, integral*, calcule, calcular, calcula, \
         probabilidade*, prove que, demonstre, matriz, matrizes, triângulo*, raiz, raízes, \
         polinômio*, porcentagem, percentagem, quanto é, quanto são, limite de, primos, \
         divisíve*, área, perímetro, média, desvio, vetor*, soma de, resolva, resolve, \
         logaritmo*, dados, juros, fração, intervalo",
    ),
    rule(
        "Portuguese: science",
        Science,
        Anywhere,
        1.6,
        "física, química, químic*, biologia, molécula*, átomo*, elétron*, energia, reação, \
         luz, gravidade, magnétic*, temperatura, pressão, célula*, genes, genétic*, \
         proteína*, enzima*, bactéria*, vírus, vacina*, planta*, fotossíntese, evolução, \
         paciente*, sintoma*, diagnóstico, medicamento*, remédio, estrela*, buraco negro, \
         buracos negros, planeta*, entropia, experimento*, ácido*, oxigênio, clima, \
         terremoto*, vulcão, sangue, neurônio*, antibiótico*, espécie*, cérebro, maré, marés",
    ),
    rule(
        "Portuguese: logic and planning",
        Reasoning,
        Anywhere,
        1.7,
        "enigma*, charada*, adivinha, lógica, lógico, mente, mentem, mentiroso*, \
         diz a verdade, verdade, concluir, deduzir, deduza, à esquerda, à direita, \
         ao lado de, em frente, planeje, planeia, horário, turnos, escala, restrições, \
         roteiro, passo a passo, contradição, premissas, atravessar, culpado, suspeito*, \
         balança, pesagens, raciocínio, válido, opções, necessariamente, em que ordem",
    ),
    rule(
        "Portuguese: order to act on a screen",
        ComputerUse,
        Clause,
        1.5,
        "abra, abre, clique, clica, pressione, role, digite, selecione, baixe, baixa, \
         faça login, entre em, entre no, entra no, vá para, vai ao, preencha, preenche, \
         feche, arraste, marque, desmarque, instale, ative, desative, navegue, copie",
    ),
    rule(
        "Portuguese: part of a screen",
        ComputerUse,
        Anywhere,
        1.2,
        "clique, botão, janela, navegador, ecrã, captura de tela, tela, área de trabalho, \
         aba, abas, separador, formulário, menu, configurações, definições, mouse, rato, \
         cursor, campo, barra de pesquisa, site, página, carrinho, caixa de, ícone, \
         canto superior, pasta, downloads",
    ),
    rule(
        "Portuguese: order to invent",
        Creative,
        Lead,
        0.9,
        "escreva, escreve, invente, inventa, imagine, conte, conta, conta-me, componha, \
         crie, cria, continue, descreva",
    ),
    rule(
        "Portuguese: literary form",
        Creative,
        Anywhere,
        1.9,
        "poema*, conto, contos, história de, história sobre, fábula*, soneto*, haicai, \
         canção, letra de, romance, cena, diálogo, carta de amor, slogan*, personagem, \
         personagens, herói, rima*, versos, estrofe*, nome para, nomes para, um nome, \
         piada*, monólogo, terror, crônica, cordel, canção de ninar, vilão",
    ),
    rule(
        "Portuguese: who, when or where",
        Knowledge,
        Lead,
        1.4,
        "quem, quando, onde, onde fica, qual, quais, em que ano, que país, \
         quantos habitantes, quantos, quantas, desde quando, qual é",
    ),
    rule(
        "Portuguese: what or how",
        Knowledge,
        Lead,
        0.8,
        "que, o que, como, por que, porque, porquê, explique, explica, é, pode-se, existe, \
         o que é, quanto tempo",
    ),
    rule(
        "Portuguese: facts of the world",
        Knowledge,
        Anywhere,
        1.0,
        "capital, século*, guerra*, imperador, rei, rainha, república, revolução, rio mais, \
         país, países, ilha*, montanha, habitantes, presidente, tratado, copa do mundo, \
         inventou, fundou, pintou, escreveu, significa, diferença, diferença entre, lei, \
         constituição, receita, mais longo, mais alto, maior, idade média, museu, descobriu, \
         ganhou, império, bandeira, independência",
    ),
    rule(
        "Portuguese: own affairs",
        Personal,
        Owned,
        1.8,
        "agenda, calendário, consulta, consultas, compromissos, mensagens, mensagem, \
         e-mails, e-mail, emails, email, caixa, fotos, contatos, contactos, despertador, \
         alarme, passos, sono, aniversário, lista de, conta bancária, reunião, reuniões, \
         mãe, pai, esposa, mulher, marido, irmã, irmão, médico, dentista, chefe, voo, notas, \
         peso, celular, telemóvel, gastei, filho, filha",
    ),
    rule(
        "Portuguese: order to an assistant",
        Personal,
        Lead,
        2.0,
        "lembre-me, lembra-me, me lembra, me lembre, lembra, liga, ligue, liga para, \
         ligue para, envie, envia, mande, manda, acorda-me, leia, lê, responda, responde, \
         coloque, põe, adicione, adiciona, mova, mostre-me, mostra-me, mostra, tenho, \
         quantos passos, quanto gastei, onde estacionei, a que horas, que horas, quando é o, \
         cancele, avisa",
    ),
    rule(
        "Portuguese: messages and appointments",
        Personal,
        Anywhere,
        1.2,
        "me lembra, whatsapp, mensagens, mamãe, papai, amanhã de, esta noite, esta semana, \
         ontem, hoje, semana passada, me escreveu, me mandou, minha agenda, meus e-mails, \
         aniversário, meu próximo, reuniões, consulta, amanhã, avó",
    ),
    rule(
        "Portuguese: order to rework a text",
        General,
        Transform,
        2.3,
        "traduza, traduz, resuma, resume, reformule, reformula, corrija, corrige, encurte, \
         encurta, reescreva, reescreve, melhore, simplifique, extraia, transforme, \
         classifique, deixe este, deixa este",
    ),
    rule(
        "Portuguese: text for everyday use",
        General,
        Anywhere,
        1.3,
        "traduzir, tradução, traduza, para inglês, para o inglês, para português, \
         para o português, resumo, este texto, esse texto, esta frase, ortografia, \
         gramática, mais formal, mais educado, carta de apresentação, e-mail para, \
         email para, carta para, parágrafo, frases, sinônimo*, tom, tópicos, soa",
    ),
    rule(
        "Portuguese: small talk",
        General,
        Opening,
        1.6,
        "olá, oi, bom dia, boa tarde, boa noite, obrigado, obrigada, tudo bem, como vai, \
         quem é você, tchau, até logo, valeu",
    ),
    rule(
        "Portuguese: advice and talk",
        General,
        Anywhere,
        0.9,
        "conselhos, conselho, dicas, ideia de presente, presente, o que devo, conversar, \
         entediado, entediada, motivação, desabafar, ansioso, ansiosa",
    ),
    rule(
        "Portuguese: word of depth",
        Depth,
        Anywhere,
        1.0,
        "demonstre, prove, provar, justifique, otimiz*, em detalhe, em detalhes, detalhad*, \
         analise, compare, rigoros*, projete, arquitetura, mecanismo, consequências",
    ),
    rule(
        "Portuguese: condition",
        Constraint,
        Anywhere,
        1.0,
        "deve, devem, sem, exatamente, pelo menos, no máximo, só, somente, apenas, exceto, \
         nunca, sempre, cada, nenhum, nenhuma, ninguém, não pode",
    ),
];
