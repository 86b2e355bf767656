use super::super::rule::{
    Kind::{Coding, Math, Rare, Science},
    Place::{Anywhere, Lead},
    Rule, rule,
};

/// Terms of trade, English or shared by many languages.
pub(super) const RULES: &[Rule] = &[
    // Coding
    rule(
        "programming language",
        Coding,
        Anywhere,
        1.6,
        "python, javascript, typescript, java, kotlin, rust, golang, c++, c#, php, ruby, haskell, scala, perl, sql, bash, powershell, html, css, \
         matlab, fortran, cobol, elixir, erlang, clojure, ocaml, solidity, assembly, lua, dart, zsh, vba, latex, verilog, swiftui, sass, scss, wasm, cuda, jsx, tsx, f#, node.js, in c, in go, in r, awk, sed, regex, regexp, graphql, zig",
    ),
    rule(
        "framework or library",
        Coding,
        Anywhere,
        1.5,
        "react, angular, vue, svelte, django, flask, fastapi, laravel, spring boot, rails, node, nodejs, express, next.js, nextjs, tokio, axum, pandas, \
         numpy, pytorch, tensorflow, sklearn, scikit-learn, spring, hibernate, jquery, tailwind, bootstrap, webpack, vite, redux, prisma, sqlalchemy, pytest, jest, \
         junit, selenium, playwright, puppeteer, opencv, matplotlib, keras, huggingface, transformers, langchain, wpf, .net, dotnet, flutter, qt, unity, unreal, godot, arduino, useeffect, usestate, serde, electron, terraform, ansible, grpc, protobuf, dataframe, flexbox, numpy, asyncio, openapi, swagger, esp32, zod",
    ),
    rule(
        "developer tool",
        Coding,
        Anywhere,
        1.4,
        "git, github, gitlab, docker, dockerfile, docker-compose, kubernetes, kubectl, k8s, helm, jenkins, npm, pnpm, yarn, pip, cargo, maven, gradle, cmake, makefile, gcc, clang, \
         eslint, prettier, vscode, intellij, vim, neovim, postgres, postgresql, mysql, sqlite, mongodb, redis, kafka, rabbitmq, elasticsearch, nginx, \
         aws, s3, lambda, firebase, supabase, ci, ci/cd, jvm, gdb, valgrind, cron, crontab, systemd, ssh, curl, jq, grep, rebase, reflog, github actions, stack overflow, systemctl, clippy, tsc, celery, prometheus, grafana, dynamodb, bigquery, apache, ubuntu, powershell, cloudformation, airflow, dbt, google sheets, apps script, excel formula, wireshark",
    ),
    rule(
        "English: programming term",
        Coding,
        Anywhere,
        1.2,
        "function, functions, variable, variables, compile, compiles, compiler, compile-time, runtime, debug, debugging, bug, stack trace, traceback, exception, exceptions, segfault, segmentation fault, null pointer, \
         nullpointerexception, pointer, pointers, array, arrays, linked list, hash map, hashmap, dictionary of, api, apis, endpoint, endpoints, rest api, json, yaml, xml, csv, parser, parse, refactor, unit test, unit tests, \
         test case, mock, mutex, semaphore, deadlock, race condition, async, await, coroutine, goroutine, thread, threads, thread-safe, threading, recursion, recursive, algorithm, big o, o(n), data structure, binary search, binary tree, lru cache, trie, leetcode, \
         code, source code, codebase, snippet, script, one-liner, cli, command line, repository, repo, commit, commits, merge conflict, pull request, branch, branches, deploy, deployment, \
         database, query, queries, schema, foreign key, inner join, left join, index on, table scan, stored procedure, orm, class, classes, interface, inheritance, constructor, struct, structs, enum, iterator, iterators, generics, closure, closures, lifetime, borrow checker, trait, \
         decorator, lambda, callback, promise, middleware, component, components, state management, hook, hooks, websocket, http, https, cors, oauth, jwt, backend, frontend, microservice, microservices, webhook, cache, caching, div, dom, html page, \
         boolean, integer overflow, float, string, strings, loop, for loop, while loop, syntax error, typeerror, valueerror, keyerror, undefined, nan, memory leak, heap, oomkilled, stack overflow, garbage collector, library, package, dependency, dependencies, import, env var, environment variable, localhost, port 8080, \
         pod, pods, container, containers, pipeline, workflow, linter, type error, type hints, nullable, mutable, immutable, garbage collection, throws, stdout, stderr, unix, linux, server, servers, regex, validation, unittest, implement, pseudocode, hashing, spreadsheet formula, vlookup, macro, plugin, sdk, firmware, web scraper, scraper, scrape, chatbot, web app, todo app, crud, migration, migrations, rollback, prod, staging, logs, cpu usage, latency, throughput, serialization, deserialize, bytes, utf-8, encoding, timestamp, timezone, programming, developer, coding, software, event loop, load balancer, idempotent, batch, partition, autocomplete, overflow, breakpoint, stash, virtualenv, venv, checksum, semver, monorepo, flaky, overload, overloads, template, templates, refcount, syscall",
    ),
    rule(
        "English: order to program",
        Coding,
        Lead,
        0.9,
        "implement, refactor, debug, code, program, write a function, write a script, write a program, write a query, write a class, write code, write unit, write tests, write a regex, write a test, write a bash, write a python, write a sql, write python, \
         review, convert this, deploy, fix this code, fix the bug, how do i, optimize this, optimise this, build a, create a function, create a class, getting this",
    ),
    rule(
        "failing program",
        Coding,
        Anywhere,
        1.3,
        "error, errors, throws, crash, crashes, crashed, fails with, failing, error message, exit code, not defined, cannot find, cannot read, permission denied, \
         connection refused, undefined reference, null, doesn't compile, won't compile, not compile, 404, 500, 502, 403, timeout, timed out, deprecated, warning, no such file, unexpected token, module not, modulenotfounderror, stacktrace, e0502, fatal, panicked, hangs, unresolved",
    ),
    // Math
    rule(
        "English: calculation",
        Math,
        Anywhere,
        1.3,
        "calculate, compute, sum of, product of, how much is, percent, percentage, percent of, divided by, multiplied by, times, square root, squared, cubed, fraction, fractions, \
         remainder, average, mean of, ratio, interest, apr, compound interest, monthly payment, mortgage, loan, perimeter, area, area of, volume of, circumference, radius, diameter, hypotenuse, angle, tip, discount, rounded to, decimal, decimals, multiply, subtract, divide, km/h, mph, per hour, how fast, per cent, annuity, amortization, principal, plus, minus, arithmetic, altogether, in total, proportion",
    ),
    rule(
        "English: mathematics",
        Math,
        Anywhere,
        1.8,
        "equation, equations, polynomial, quadratic, integral, integrate, derivative, differentiate, differentiable, antiderivative, limit of, theorem, lemma, corollary, conjecture, irrational, prime, primes, prime number, prime numbers, modulo, mod, \
         divisible, integer, integers, real numbers, rational, complex number, complex numbers, matrix, matrices, determinant, eigenvalue, eigenvalues, eigenvector, eigenvectors, vector, vectors, vector space, linear algebra, algebra, calculus, geometry, trigonometry, \
         sine, cosine, tangent, sin, cos, tan, ln, log, logarithm, logarithms, converge, converges, convergent, diverge, diverges, divergent, series, continuous on, continuous function, bijection, injective, surjective, isomorphic, isomorphism, homomorphism, cyclic, \
         abelian, topology, topological, compact, metric space, hilbert, banach, manifold, combinatorics, permutation, permutations, combinations, how many ways, binomial, factorial, induction, by induction, pigeonhole, graph theory, triangle, triangles, rectangle, rectangular, circle, \
         polygon, parallelogram, trapezoid, isosceles, equilateral, positive definite, lagrange, taylor, fourier, laplace, odd number, even number, differential equation, ode, pde, roots of, solve for, find x, closed form, recurrence, coprime, gcd, lcm, parabola, hyperbola, ellipse, slope, asymptote, simplify, factorise, factorize, factor, riemann, euler, inequality, supremum, infimum, gradient, hessian, stationary points, inflection, bisector, inscribed, cylinder, cone, sphere, x-axis, function f, subgroup, digits, perfect square, congruent, modular arithmetic, group of order, linear system",
    ),
    rule(
        "English: probability and statistics",
        Math,
        Anywhere,
        1.6,
        "probability, probabilities, expected value, variance, standard deviation, sd, confidence interval, p-value, t-test, chi-squared, chi-square, anova, regression, correlation, bayes, bayesian, \
         normal distribution, poisson, binomial distribution, distribution, dice, die, coin flip, coin is, flipped, fair coin, marbles, without replacement, with replacement, at random, randomly, null hypothesis, hypothesis test, median, statistics, statistical, significance, odds, how likely, sample size, markov chain, random variable, throws, urn, deck of cards, quartile, percentile, z-score, uniform distribution, likelihood, cards",
    ),
    rule(
        "English: order to calculate or prove",
        Math,
        Lead,
        1.0,
        "prove, prove that, show that, solve, evaluate, calculate, compute, simplify, integrate, differentiate, find all, find the area, find the value, factor, factorise, expand, how much is, let f, let g, let x, let n, how many ways, what is the probability, what's the probability, determine the, for which values, find the",
    ),
    // Science
    rule(
        "English: physics",
        Science,
        Anywhere,
        1.5,
        "physics, quantum, photon, photons, electron, electrons, proton, neutron, neutrino, neutrinos, atom, atoms, gravity, gravitational, relativity, thermodynamics, entropy, momentum, velocity, acceleration, friction, frictionless, force, forces, \
         kinetic energy, potential energy, energy, wavelength, frequency, electromagnetic, magnetic, magnetic field, electric field, voltage, current, resistance, circuit, resistor, capacitor, superconductors, superconductor, superconductivity, semiconductor, semiconductors, laser, refraction, diffraction, interference, \
         spring, incline, pendulum, torque, pressure, buoyancy, viscosity, reynolds, fluid, laminar, turbulent, heat pump, heat, temperature, temperatures, boiling point, melting point, boiling, freezing, liquid, liquids, solid, solids, gas, plasma, nuclear, fusion, fission, radioactive, half-life, isotope, isotopes, radiation, doppler, \
         black hole, black holes, supernova, galaxy, galaxies, star, stars, planet, planets, orbit, orbits, orbital, satellite, telescope, dark matter, dark energy, cosmic, big bang, redshift, spacetime, string theory, entangled, entanglement, schrödinger, heisenberg, spin, ice, density, dense, light, speed of light, sound, waves, moon, comet, asteroid, exoplanet, neutron star, lens, vacuum, conduct, conducts, tides, rainbow, inertia, mass of, spectrum, spectral, magnet, magnets, battery, lithium, solar cell, infrared, ultraviolet, optics",
    ),
    rule(
        "English: chemistry",
        Science,
        Anywhere,
        1.7,
        "chemistry, chemical, chemically, molecule, molecules, molecular, reaction, reactions, catalyst, acid, acids, acidic, base pair, ph, pka, ka, buffer, titration, titrate, mole, moles, molar, molarity, stoichiometry, oxidation, redox, oxidize, reduction, ion, ions, ionic, covalent, \
         hydrogen, oxygen, nitrogen, carbon, sodium, potassium, chloride, chlorine, sulfur, sulphur, sulfuric, calcium, iron, copper, aluminium, aluminum, polymer, polymers, organic chemistry, alkene, alkane, benzene, aromatic, ester, aldehyde, ketone, amine, sn1, sn2, nucleophile, nucleophilic, electrophile, grignard, solvent, solubility, precipitate, electrolysis, equilibrium, enthalpy, gibbs, activation energy, nmr, \
         chromatography, spectroscopy, periodic table, valence, crystal, rust forms, corrosion, bromide, methanol, ethanol, co2, combustion, exothermic, endothermic, bond, bonds, hydrogen bonds, bleach, vinegar, ammonia, methane, helium, balance the",
    ),
    rule(
        "English: biology",
        Science,
        Anywhere,
        1.7,
        "biology, cell, cells, cellular, mitochondria, mitochondrion, ribosome, ribosomes, dna, rna, mrna, gene, genes, genetic, genetics, genome, crispr, pcr, protein, proteins, enzyme, enzymes, amino acid, amino acids, chromosome, chromosomes, mutation, mutations, mutate, allele, phenotype, genotype, \
         evolution, evolve, evolved, evolutionary, natural selection, species, ecosystem, ecology, photosynthesis, chlorophyll, respiration, photorespiration, bacteria, bacterium, bacterial, virus, viruses, retrovirus, retroviruses, viral, antibody, antibodies, antigen, immune, immune system, vaccine, vaccines, neuron, neurons, neurotransmitter, synapse, \
         hormone, hormones, insulin, meiosis, mitosis, membrane, osmosis, hox, drosophila, embryo, stem cells, plant, plants, fungi, fungus, insects, bee, bees, mammal, mammals, dinosaur, dinosaurs, fossil, fossils, pollination, metabolism, glycolysis, krebs cycle, atp, transcription, microbiome, parasite, predator, brain, crop, soil, coral, larvae, birds, whales, octopus, pigment, phage, prion, prions, symbiosis, neonicotinoid",
    ),
    rule(
        "English: medicine",
        Science,
        Anywhere,
        1.6,
        "patient, patients, diagnosis, diagnose, symptom, symptoms, syndrome, disease, diseases, presents with, jaundice, imaging, mri, ct scan, dose, dosage, dosing, mg, drug, drugs, interact, interaction, interactions, pharmacology, pharmacokinetics, ibuprofen, paracetamol, acetaminophen, aspirin, sertraline, metformin, lisinopril, warfarin, statin, statins, antibiotic, antibiotics, \
         ckd, diabetes, diabetic, hypertension, hyperkalaemia, hyperkalemia, cancer, tumor, tumour, carcinoma, infection, sepsis, pneumonia, stroke, cardiac, renal, kidney, liver, hepatic, lung, pulmonary, blood, clinical, randomized, randomised, placebo, aetiology, etiology, prognosis, contraindicated, side effects, adverse, \
         pathophysiology, autoimmune, inflammation, malaria, covid, influenza, anaesthesia, anesthesia, troponin, ecg, creatinine, serum, anemia, anaemia, migraine, allergy, allergies, fever, beta blockers, ssri, ssris, vitamin",
    ),
    rule(
        "English: earth, engineering and method",
        Science,
        Anywhere,
        1.2,
        "climate, climate change, greenhouse, atmosphere, ocean, tsunami, earthquake, earthquakes, seismic, volcano, volcanic, magma, tectonic, plate tectonics, geology, glacier, sediment, erosion, weather, hurricane, el niño, albedo, \
         beam, stress, strain, tensile, yield strength, steel, concrete, alloy, fatigue, turbine, aerodynamic, aerofoil, airfoil, lift, drag, thrust, rocket, engine, transformer, impedance, op-amp, op amp, transistor, mosfet, pid controller, signal processing, heat exchanger, \
         experiment, experimental, control group, hypothesis, hypotheses, empirical, evidence for, peer-reviewed, laboratory, lab, microscope, scientists, scientific, michelson-morley, law of, second law, first law, phenomenon, cop, michelson, everest, concentration, sample, assay",
    ),
    rule(
        "English: why in nature",
        Science,
        Lead,
        0.6,
        "why, why does, why do, why are, why is, how does, how do, what causes, explain how, explain why, at what speed, what happens",
    ),
    // Difficulty
    rule(
        "rare field",
        Rare,
        Anywhere,
        1.0,
        "cohomology, homotopy, sheaf, galois, riemannian, lie algebra, hilbert space, banach, functor, category theory, ergodic, martingale, stochastic, noetherian, topological, \
         renormalization, lagrangian, hamiltonian, gauge theory, perturbation, tensor, eigenvalue, superconductivity, density functional, spectroscopy, \
         pharmacokinetics, pathophysiology, epigenetic, phylogenetic, allosteric, crystallography, transcriptome, ckd, \
         lock-free, consensus, raft, paxos, memory ordering, simd, kernel, compiler, borrow checker, type inference, monad, zero-copy, wait-free, linearizable, distributed, sharding, cuda, \
         np-hard, np-complete, dynamic programming, bayesian, variational, jurisprudence, hermeneutics, epistemology, estoppel, ontology, gödel, amortization, eigenvectors, quantum, relativity, chromatography, nash equilibrium",
    ),
];
