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
        "python, javascript, typescript, java, kotlin, golang, c++, c#, php, ruby, rust, haskell, \
         scala, perl, sql, bash, powershell, html, css, matlab, fortran, cobol, elixir, \
         erlang, clojure, ocaml, solidity, lua, zsh, vba, verilog, swiftui, scss, wasm, \
         cuda, jsx, tsx, f#, node.js, in c, in go, in r, awk, regex, regexp, graphql, zig",
    ),
    rule(
        "framework or library",
        Coding,
        Anywhere,
        1.5,
        "react, angular, vue, svelte, django, fastapi, laravel, spring boot, nodejs, \
         next.js, nextjs, tokio, axum, pandas, numpy, pytorch, tensorflow, sklearn, \
         scikit-learn, hibernate, jquery, tailwind, webpack, vite, redux, prisma, \
         sqlalchemy, pytest, jest, junit, selenium, playwright, puppeteer, opencv, \
         matplotlib, huggingface, langchain, wpf, .net, dotnet, flutter, unreal, godot, \
         arduino, useeffect, usestate, serde, terraform, ansible, grpc, protobuf, dataframe, \
         flexbox, asyncio, openapi, swagger, esp32, zod, flask app, spring framework, \
         unity 3d, rust macro, vitest, mocha, cypress, storybook, nuxt, remix, astro, htmx, \
         alpine.js, three.js, d3, d3.js, rxjs, celery, pydantic, scipy, seaborn, plotly, \
         streamlit, gradio, polars, spark, pyspark, hadoop, snowflake, databricks, \
         elixir phoenix, phoenix, ecto, ktor, jetpack compose, swift ui, core data, combine, \
         objective-c, xcode, android studio, react native, expo, ionic, cordova, wordpress, \
         woocommerce, drupal, magento, shopify, liquid template, blazor, asp.net, \
         entity framework, linq, nunit, xunit, moq, mockito, gin, gorm, actix, diesel, sqlx, \
         rayon, clap, bevy, raylib, sdl, opengl, vulkan, webgl, webgpu, mlflow, xgboost, \
         lightgbm, spacy, nltk, yolo, onnx, discord.js, telegram bot, discord bot, \
         tampermonkey, greasemonkey, vbs, autohotkey, sap, salesforce apex, node js, \
         tanstack, pinia, zustand, eloquent, symfony, composer json",
    ),
    rule(
        "developer tool",
        Coding,
        Anywhere,
        1.4,
        "git, github, gitlab, docker, dockerfile, docker-compose, kubernetes, kubectl, k8s, \
         jenkins, npm, pnpm, yarn, pip, cargo, maven, gradle, cmake, makefile, gcc, eslint, \
         prettier, vscode, intellij, vim, neovim, postgres, postgresql, mysql, sqlite, \
         mongodb, redis, kafka, rabbitmq, elasticsearch, nginx, aws, s3, firebase, supabase, \
         ci/cd, jvm, gdb, valgrind, crontab, systemd, ssh, curl, jq, grep, rebase, reflog, \
         github actions, stack overflow, systemctl, clippy, tsc, celery, prometheus, \
         grafana, dynamodb, bigquery, ubuntu, powershell, cloudformation, dbt, \
         google sheets, apps script, excel formula, wireshark, ci pipeline, gitlab ci, \
         bitbucket, jira api, terraform module, s3 bucket, ec2, iam role, iam, cloudfront, \
         cloudflare, azure devops, gcp, vercel, netlify, heroku, podman, kustomize, istio, \
         argocd, vagrant, virtualbox, wsl, tmux, emacs, vs code, visual studio, xcode, \
         postman, insomnia, sentry, datadog, splunk, logstash, kibana, sonarqube, ruff, \
         mypy, black formatter, poetry, uv, conda, pyenv, nvm, homebrew, apt-get, debian, \
         centos, arch linux, ffmpeg, imagemagick, rsync, tail -f, strace, perf, gitk, \
         mercurial, svn, perforce, cassandra, mariadb, oracle db, sql server, mssql, neo4j, \
         clickhouse, duckdb, influxdb, etcd, consul, vault, keycloak, haproxy, traefik, \
         caddy, memcached, zookeeper, nats, mqtt, grpcurl, openssl, gpg, gpg key, ssh key",
    ),
    rule(
        "programming term",
        Coding,
        Anywhere,
        1.2,
        "function, functions, variable, variables, compile, compiles, compiler, \
         compile-time, runtime, debug, debugging, bug, stack trace, traceback, exception, \
         exceptions, segfault, segmentation fault, null pointer, nullpointerexception, \
         pointer, pointers, array, arrays, linked list, hash map, hashmap, api, apis, \
         endpoint, endpoints, rest api, json, yaml, xml, csv, parser, parse, refactor, \
         unit test, unit tests, test case, mock, mutex, semaphore, deadlock, race condition, \
         async, await, coroutine, goroutine, thread, thread-safe, threading, recursion, \
         recursive, algorithm, big o, o(n), data structure, binary search, binary tree, \
         lru cache, trie, leetcode, code, source code, codebase, snippet, script, one-liner, \
         cli, command line, repository, repo, commits, merge conflict, pull request, \
         branches, deploy, deployment, database, queries, schema, foreign key, inner join, \
         left join, index on, table scan, stored procedure, orm, classes, inheritance, \
         constructor, struct, structs, enum, iterator, iterators, generics, closure, \
         closures, lifetime, borrow checker, trait, decorator, callback, middleware, \
         component, state management, hooks, websocket, http, https, cors, oauth, jwt, \
         backend, frontend, microservice, microservices, webhook, cache, caching, div, dom, \
         html page, boolean, integer overflow, for loop, while loop, syntax error, \
         typeerror, valueerror, keyerror, undefined, nan, memory leak, oomkilled, \
         stack overflow, garbage collector, dependency, dependencies, env var, \
         environment variable, localhost, port 8080, pipeline, workflow, linter, type error, \
         type hints, nullable, mutable, immutable, garbage collection, throws, stdout, \
         stderr, unix, linux, server, regex, unittest, implement, pseudocode, hashing, \
         spreadsheet formula, vlookup, plugin, sdk, firmware, web scraper, scraper, scrape, \
         chatbot, web app, todo app, crud, migration, migrations, rollback, staging, logs, \
         cpu usage, latency, throughput, serialization, deserialize, bytes, utf-8, encoding, \
         timestamp, timezone, programming, developer, software, event loop, load balancer, \
         idempotent, partition, autocomplete, breakpoint, stash, virtualenv, venv, checksum, \
         semver, monorepo, flaky, overloads, refcount, syscall, coding, string array, \
         empty array, null check, class method, in a class, subclass, while (, js library, \
         import error, query plan, feature branch, react component, ui component, \
         template engine, docker container, unit-test, race conditions, off by one, syntax, \
         argument parser, command-line, userscript, browser extension, dll, sql query, \
         sql injection, security problems, folder structure, plugin system, state machine, \
         message queue, consumer, producer, retry, retries, rate limiter, token bucket, \
         connection pool, thread pool, hash function, sorting algorithm, tuple, tuples, \
         sublist, lambda function, nested loop, for-loop, print statement, dict, dictionary, \
         data frame, key error, index out of, out of bounds, git rebase, ddl, deadlocks, \
         locks, atomics, atomic, heap allocation, event handler, callback function, \
         view model, dependency injection, singleton, visitor pattern, factory pattern, \
         design pattern, design patterns, code review, legacy code, tech debt, user input, \
         sanitize, csrf, xss, tls, ssl certificate, dns record, ip address, load test, \
         cluster, replica, shard, cold start, env file, stack, compile error, cross-compile, \
         dynamic linking, static linking, glibc, parse tree, recursive descent, lexer, \
         tokenizer, ast, opcode, bytecode, type system, overloading, polymorphism, \
         abstract class, base class, header file, preprocessor, makefile, docker compose, \
         image size, ndjson, jsonl, parquet, column names, primary key, group by, \
         where clause, materialized view, stored proc, index scan, seq scan, cte, \
         window function, pivot table, excel macro, conditional formatting, pull requests, \
         gitignore, cherry-pick, submodule, kernel module, driver code, microcontroller, \
         gpio, interrupt handler, game loop, rigidbody, shader, raycast, sprite, css grid, \
         media query, z-index, responsive layout, single page app, ssr, hydration, props, \
         usememo, usecallback, redux store, form validation, debounce, throttle, \
         infinite loop, infinite scroll, pagination, status codes, rest endpoint, preflight, \
         request headers, response headers, cookie, session cookie, jwt token, payload, \
         serializer, deserialization, regex pattern, capture group, newline, \
         trailing whitespace, exit status, shell script, bash script, cron job",
    ),
    rule(
        "order to program",
        Coding,
        Lead,
        0.9,
        "implement, refactor, debug, code, program, write a function, write a script, \
         write a program, write a query, write a class, write code, write unit, write tests, \
         write a regex, write a test, write a bash, write a python, write a sql, \
         write python, review, convert this, deploy, fix this code, fix the bug, how do i, \
         optimize this, optimise this, build a, create a function, create a class, \
         getting this",
    ),
    rule(
        "program asked for",
        Coding,
        Anywhere,
        1.9,
        "code to, code for, code that, code which, sample code, example code, python code, \
         java code, javascript code, c++ code, c code, c# code, php code, script to, \
         script that, script for, python script, bash script, shell script, \
         powershell script, sql script, function to, function that, function which, \
         function in, function for, python function, javascript function, program to, \
         program that, program which, python program, java program, c program, app that, \
         app which, app in, write code, write a function, write a program, write a script, \
         write a class, query to, query that, sql query, regex to, regex that, regex for, \
         class that, method that, class in, api that, bot that, plugin that, extension that, \
         code, this code, following code, below code, my code, the code, in python, in java, \
         in javascript, in rust, in golang, in typescript, using python, using java, \
         using c, using javascript, in kotlin, in swift, in php, in ruby, in matlab, in sql, \
         in bash, in powershell, in react, in scala, in haskell, in pytorch, in excel, \
         in pandas, in c++, in c#, with python, unit tests, tests for",
    ),
    rule(
        "failing program",
        Coding,
        Anywhere,
        1.3,
        "error, throws, crashes, crashed, fails with, failing, error message, exit code, \
         not defined, cannot find, cannot read, permission denied, connection refused, \
         undefined reference, doesn't compile, won't compile, not compile, 404, 500, 502, \
         403, timeout, timed out, deprecated, no such file, unexpected token, module not, \
         modulenotfounderror, stacktrace, e0502, fatal, panicked, unresolved, stack traces, \
         panics, segfaults, core dump, out of memory, oom, deadlocks, infinite loop, \
         is undefined, is not a, not assignable, not a function, unhandled, unexpected end, \
         could not resolve, build fails, builds fail, test fails, tests fail, returns none, \
         returns null, returns undefined, returns -1, fails in ci, fails on, works locally, \
         access denied, no module named, does nothing, race, leaks memory, too slow, \
         status code, blocked by",
    ),
    // Math
    rule(
        "calculation",
        Math,
        Anywhere,
        1.3,
        "calculate, compute, sum of, product of, how much is, percent, percentage, \
         percent of, divided by, multiplied by, times, square root, squared, cubed, \
         fraction, fractions, remainder, mean of, ratio, interest, apr, compound interest, \
         monthly payment, mortgage, loan, perimeter, area, area of, volume of, \
         circumference, radius, diameter, hypotenuse, angle, discount, rounded to, decimal, \
         decimals, multiply, subtract, divide, km/h, mph, per hour, how fast, per cent, \
         annuity, amortization, principal, arithmetic, altogether, in total, proportion, \
         tip on, average of, average speed, on average, how many minutes, how many hours, \
         litres per, per month, a month, yearly return, return on, growth rate, invested, \
         invest, profit, cost price, selling price, sales tax, vat, half of, twice as, \
         three times, as much, as many, share of the, what share, chance, chances, \
         chance that, convert, lowest terms, decimal places, significant figures, sig figs, \
         square metres, square feet, cubic, litres, scale factor, how many ways, sum up, \
         add up, work out, round to, nearest, speed of, distance between, rate of, \
         work rate, fill the, pool fills, original price, marked down, tax rate, monthly, \
         percent more, percent less, surface area, per 100, cost me, minus 2, exchange rate, \
         ratio of, divide by, multiples of, apart, km apart, miles apart, \
         towards each other, each other when",
    ),
    rule(
        "mathematics",
        Math,
        Anywhere,
        1.8,
        "equation, equations, polynomial, quadratic, integral, integrate, derivative, \
         differentiate, differentiable, antiderivative, limit of, theorem, lemma, corollary, \
         conjecture, irrational, prime, primes, prime number, prime numbers, modulo, \
         divisible, integer, integers, real numbers, rational, complex number, \
         complex numbers, matrix, matrices, determinant, eigenvalue, eigenvalues, \
         eigenvector, eigenvectors, vector, vectors, vector space, linear algebra, algebra, \
         calculus, geometry, trigonometry, sine, cosine, tangent, cos, ln, log, logarithm, \
         logarithms, converge, converges, convergent, diverge, diverges, divergent, \
         continuous on, continuous function, bijection, injective, surjective, isomorphic, \
         isomorphism, homomorphism, cyclic, abelian, topology, topological, compact, \
         metric space, hilbert, banach, manifold, combinatorics, permutation, permutations, \
         combinations, how many ways, binomial, factorial, induction, by induction, \
         pigeonhole, graph theory, triangle, triangles, rectangle, rectangular, circle, \
         polygon, parallelogram, trapezoid, isosceles, equilateral, positive definite, \
         lagrange, taylor, fourier, laplace, odd number, even number, differential equation, \
         ode, pde, roots of, solve for, find x, closed form, recurrence, coprime, gcd, lcm, \
         parabola, hyperbola, ellipse, asymptote, simplify, factorise, factorize, factor, \
         riemann, euler, inequality, supremum, infimum, gradient, hessian, \
         stationary points, inflection, bisector, inscribed, cylinder, cone, sphere, x-axis, \
         function f, subgroup, digits, perfect square, congruent, modular arithmetic, \
         group of order, linear system, series sum, infinite series, taylor series, \
         power series, geometric series, harmonic series, arithmetic sequence, \
         geometric sequence, sequence converge, radius of convergence, tan x, sin x, cosx, \
         sinx, mod n, mod p, slope of, the slope, tangent line, tangent to, normal to, \
         intersects, intersect, vertex, vertices, midpoint, chord, arc, sector, diagonal, \
         diagonals, edge length, cube, cuboid, prism, pyramid, tetrahedron, radians, \
         degrees, common fraction, expand and, square of, cube of, roots, double root, \
         coefficient, coefficients, leading coefficient, degree of, domain of, range of, \
         inverse function, inverse of, one-to-one, onto, field extension, ring, ideal, \
         kernel of, quotient group, normal subgroup, symmetric group, eigenspace, \
         diagonalise, diagonalize, orthogonal, orthonormal, basis, span of, dimension of, \
         dot product, cross product, norm, lipschitz, uniformly continuous, pointwise, \
         uniform convergence, improper integral, double integral, triple integral, \
         surface integral, line integral, chain rule, product rule, quotient rule, by parts, \
         partial fractions, implicit differentiation, partial derivative, second derivative, \
         first derivative, critical points, maxima, minima, local maximum, extrema, \
         real number, natural number, natural numbers, whole number, whole numbers, \
         positive integer, positive integers, nonnegative, odd integers, even integers, \
         consecutive, palindrome, remainders, euclidean algorithm, fermat, wilson, totient, \
         diophantine, residue, legendre, cauchy, schwarz, holomorphic, analytic function, \
         contour, jordan, hausdorff, open set, closed set, dense in, countable, uncountable, \
         cardinality, injection, surjection, set theory, venn diagram, truth table, \
         boolean algebra, combinatorial, double counting, inclusion-exclusion, \
         inclusion exclusion, stars and bars, derangements, generating function, disprove, \
         prove or, satisfies, f of x, functional equation, invertible, transpose, trace, \
         nilpotent, hermitian, fraction, inverse modulo, mod 7, base 2, binary number, \
         hexadecimal, sum of squares, two squares, square numbers, is prime, \
         infinitely many, finitely many, unknowns, simultaneous equations, system of",
    ),
    rule(
        "probability and statistics",
        Math,
        Anywhere,
        1.6,
        "probability, probabilities, expected value, variance, standard deviation, sd, \
         confidence interval, p-value, t-test, chi-squared, chi-square, anova, regression, \
         correlation, bayes, bayesian, normal distribution, poisson, binomial distribution, \
         distribution, dice, coin flip, coin is, flipped, fair coin, marbles, \
         without replacement, with replacement, at random, randomly, null hypothesis, \
         hypothesis test, median, statistics, statistical, significance, odds, how likely, \
         sample size, markov chain, random variable, throws, urn, deck of cards, quartile, \
         percentile, z-score, uniform distribution, likelihood, two dice, a die, fair die, \
         dice roll, coin toss, coin tosses, tossed, independent events, \
         conditional probability, given that, expected number, expectation, in a row, \
         birthday, share a birthday, deck, drawn from, playing cards, tails, heads, \
         least squares, linear regression, fit a line, standard error, std dev, mean and, \
         sampling, margin of error, two-tailed, one-tailed, degrees of freedom, \
         contingency table, chi-square test, mann-whitney, wilcoxon, effect size, \
         power analysis, exponential distribution, geometric distribution, pdf of, cdf, \
         joint distribution, covariance, maximum likelihood, posterior, prior, outliers, \
         histogram, mode, interquartile, worth playing, lottery, roulette",
    ),
    rule(
        "order to calculate or prove",
        Math,
        Lead,
        1.0,
        "prove, prove that, show that, solve, evaluate, calculate, compute, simplify, \
         integrate, differentiate, find all, find the area, find the value, factorise, \
         how much is, let f, let g, let x, let n, how many ways, what's the probability, \
         determine the, for which values, give a proof, disprove, find x, find y, find n, \
         find the sum, find the number, how many, compute the, work out, determine whether, \
         determine all, if x, if f, suppose f, let p, let s, let v, evaluate the, \
         sketch the graph",
    ),
    // Science
    rule(
        "physics",
        Science,
        Anywhere,
        1.5,
        "physics, quantum, photon, photons, electron, electrons, proton, neutron, neutrino, \
         neutrinos, atom, atoms, gravity, gravitational, relativity, thermodynamics, \
         entropy, momentum, velocity, acceleration, friction, frictionless, force, forces, \
         kinetic energy, potential energy, energy, wavelength, frequency, electromagnetic, \
         magnetic, magnetic field, electric field, voltage, current, resistance, circuit, \
         resistor, capacitor, superconductors, superconductor, superconductivity, \
         semiconductor, semiconductors, laser, refraction, diffraction, interference, \
         incline, pendulum, torque, pressure, buoyancy, viscosity, reynolds, fluid, laminar, \
         turbulent, heat pump, heat, temperature, temperatures, boiling point, \
         melting point, boiling, freezing, liquid, liquids, solids, plasma, nuclear, fusion, \
         fission, radioactive, half-life, isotope, isotopes, radiation, doppler, black hole, \
         black holes, supernova, galaxy, galaxies, planet, planets, orbit, orbits, orbital, \
         satellite, telescope, dark matter, dark energy, cosmic, big bang, redshift, \
         spacetime, string theory, entangled, entanglement, schrödinger, heisenberg, spin, \
         density, speed of light, waves, moon, comet, asteroid, exoplanet, neutron star, \
         lens, vacuum, conduct, conducts, tides, rainbow, inertia, spectral, magnet, \
         magnets, battery, lithium, solar cell, infrared, ultraviolet, optics, particle, \
         particles, nucleus, nuclei, charge, charges, charged, muon, quark, quarks, boson, \
         higgs, gluon, amplitude, wave, oscillation, oscillator, resonance, harmonic, \
         adiabatic, adiabatically, isothermal, ideal gas, compressed, thermal, conductivity, \
         thermal conductivity, specific heat, latent heat, evaporate, evaporates, \
         evaporation, condense, condensation, condenses, melts, melt, freeze, freezes, \
         freezing point, surface tension, capillary, elastic, collision, collisions, \
         free fall, escape velocity, projectile, angular momentum, centripetal, centrifugal, \
         coriolis, newton's, newtonian, kepler, maxwell, faraday, ohm's law, joule, watts, \
         volts, amps, amperes, coil, inductor, inductance, capacitance, rc circuit, \
         low-pass, high-pass, cutoff frequency, phase shift, photoelectric, double-slit, \
         double slit, wavefunction, superposition, uncertainty principle, schwarzschild, \
         event horizon, hawking, white dwarf, red giant, main sequence, light curve, \
         light years, parallax, hubble, jwst, space telescope, milky way, andromeda, \
         solar system, solar, jupiter, saturn, mars, venus, mercury's, universe, cosmology, \
         cosmological, inflation theory, lagrange point, eclipse, meteor, aurora, \
         crystal lattice, phonon, bandgap, band gap, fermi, doped, diode, led, ice float, \
         floats, sinks, liquid water, light bends, light waves, sound waves, the sun, \
         the stars, stars twinkle, mirror, prism, polarised, polarized, static electricity, \
         lightning, thunder, cyclotron, tokamak",
    ),
    rule(
        "chemistry",
        Science,
        Anywhere,
        1.7,
        "chemistry, chemical, chemically, molecule, molecules, molecular, reaction, \
         reactions, catalyst, acid, acids, acidic, base pair, ph, pka, ka, buffer, \
         titration, titrate, mole, moles, molar, molarity, stoichiometry, oxidation, redox, \
         oxidize, reduction, ion, ions, ionic, covalent, hydrogen, oxygen, nitrogen, carbon, \
         sodium, potassium, chloride, chlorine, sulfur, sulphur, sulfuric, calcium, iron, \
         copper, aluminium, aluminum, polymer, polymers, organic chemistry, alkene, alkane, \
         benzene, aromatic, ester, aldehyde, ketone, amine, sn1, sn2, nucleophile, \
         nucleophilic, electrophile, grignard, solvent, solubility, precipitate, \
         electrolysis, equilibrium, enthalpy, gibbs, activation energy, nmr, chromatography, \
         spectroscopy, periodic table, valence, crystal, rust forms, corrosion, bromide, \
         methanol, ethanol, co2, combustion, exothermic, endothermic, bond, bonds, \
         hydrogen bonds, bleach, vinegar, ammonia, methane, helium, balance the, compound, \
         compounds, mixture, mixtures, synthesis, synthesise, synthesize, methyl, ethyl, \
         acetate, acetic, hydrolysis, hydrolyse, ionisation, ionization, ionisation energy, \
         electronegativity, isomer, isomers, enantiomer, chiral, chirality, polar, nonpolar, \
         hydrophobic, hydrophilic, dissolve, dissolves, dissolved, solute, saturated, \
         alkaline, base catalysed, acid-catalysed, esterification, polymerisation, \
         polymerization, nylon, ethylene, propane, butane, glucose, sucrose, fructose, \
         starch, cellulose, lipid, lipids, fatty acid, fatty acids, maillard, ferment, \
         ferments, fermentation, baking soda, citric acid, nitrate, nitrates, phosphate, \
         sulfate, carbonate, hydroxide, peroxide, ozone, noble gas, halogen, alkali, \
         transition metal, ligand, oxidation state, half-cell, anode, cathode, electrode, \
         superglue, glue, adhesive, perovskite, zeolite, arrow-pushing, reagent, reagents, \
         distillation, yield of, molar mass, avogadro, exothermic reaction, rusting, \
         soap, detergent, ionic strength, osmolarity, buffer solution",
    ),
    rule(
        "biology",
        Science,
        Anywhere,
        1.7,
        "biology, cell, cells, cellular, mitochondria, mitochondrion, ribosome, ribosomes, \
         dna, rna, mrna, gene, genes, genetic, genetics, genome, crispr, pcr, protein, \
         proteins, enzyme, enzymes, amino acid, amino acids, chromosome, chromosomes, \
         mutation, mutations, mutate, allele, phenotype, genotype, evolution, evolve, \
         evolved, evolutionary, natural selection, species, ecosystem, ecology, \
         photosynthesis, chlorophyll, respiration, photorespiration, bacteria, bacterium, \
         bacterial, virus, viruses, retrovirus, retroviruses, viral, antibody, antibodies, \
         antigen, immune, immune system, vaccine, vaccines, neuron, neurons, \
         neurotransmitter, synapse, hormone, hormones, insulin, meiosis, mitosis, membrane, \
         osmosis, hox, drosophila, embryo, stem cells, fungi, fungus, insects, bees, mammal, \
         mammals, dinosaur, dinosaurs, fossil, fossils, pollination, metabolism, glycolysis, \
         krebs cycle, atp, transcription, microbiome, parasite, predator, soil, coral, \
         larvae, birds, whales, octopus, pigment, phage, prion, prions, symbiosis, organism, \
         organisms, tissue, tissues, muscle, muscles, bone, bones, skin, nerve, nerves, \
         retina, lungs, stomach, gut, intestine, digestion, digest, digestive, heart muscle, \
         spinal, cortex, hippocampus, dopamine, serotonin, cortisol, adrenaline, melatonin, \
         depolarisation, depolarization, action potential, receptor, receptors, binding, \
         ligand-gated, kinase, polymerase, helicase, ligase, plasmid, vector control, \
         cloning, offspring, recessive, dominant, inheritance, inherit, heterozygous, \
         homozygous, hardy-weinberg, genetic drift, gene flow, speciation, phylogeny, \
         taxonomy, vertebrate, vertebrates, invertebrate, reptile, reptiles, amphibian, \
         frogs, spider, spiders, fish breathe, whale, dolphins, primates, apes, hominid, \
         neanderthal, neanderthals, hibernate, hibernation, circadian, leaves, \
         roots of plants, seeds, xylem, phloem, stomata, mycorrhiza, mycorrhizal, mushroom, \
         mushrooms, yeast, algae, algal, cyanobacteria, plankton, lichen, moss, \
         grow culture, culture medium, incubate, western blot, qpcr, primer, primers, \
         sequencing, fluorescent, gfp, tca cycle, amino, peptide, peptides, transmembrane, \
         helix, chaperone, apoptosis, telomere, telomeres, centrosome, cytoskeleton, golgi, \
         lysosome, vesicle, epithelium, blood groups, blood group, blood type, placenta, \
         pregnancy, foetus, fetus, sperm, ovum, puberty, aging, ageing, hiv, t cells, \
         b cells, pathogen, pathogens, toxin, venom, tears, trees",
    ),
    rule(
        "medicine",
        Science,
        Anywhere,
        1.6,
        "patient, patients, diagnosis, diagnose, symptom, symptoms, syndrome, disease, \
         diseases, presents with, jaundice, imaging, mri, ct scan, dose, dosage, dosing, mg, \
         drug, drugs, interact, interaction, interactions, pharmacology, pharmacokinetics, \
         ibuprofen, paracetamol, acetaminophen, aspirin, sertraline, metformin, lisinopril, \
         warfarin, statin, statins, antibiotic, antibiotics, ckd, diabetes, diabetic, \
         hypertension, hyperkalaemia, hyperkalemia, cancer, tumor, tumour, carcinoma, \
         infection, sepsis, pneumonia, stroke, cardiac, renal, kidney, liver, hepatic, lung, \
         pulmonary, blood, clinical, randomized, randomised, placebo, aetiology, etiology, \
         prognosis, contraindicated, side effects, adverse, pathophysiology, autoimmune, \
         inflammation, malaria, covid, influenza, anaesthesia, anesthesia, troponin, ecg, \
         creatinine, serum, anemia, anaemia, migraine, allergy, allergies, fever, \
         beta blockers, ssri, ssris, vitamin, physician, hospital, therapy, treatment, \
         treat, chronic, acute, lesion, lesions, rash, headache, headaches, nausea, \
         dizziness, swelling, fracture, mg daily, mg/day, tablets daily, intravenous, oral, \
         medications, medicine, medicines, painkiller, opioid, morphine, ketamine, apixaban, \
         rivaroxaban, heparin, doac, acei, ace inhibitor, metoprolol, amlodipine, \
         prednisone, prednisolone, steroid, steroids, insulin dose, egfr, hb, mcv, ferritin, \
         transferrin, hba1c, crp, wbc, platelets, haemoglobin, hemoglobin, bp, bmi, \
         colonoscopy, endoscopy, biopsy, surgery, surgical, transplant, dialysis, \
         chemotherapy, radiotherapy, oncology, metastasis, leukemia, leukaemia, lymphoma, \
         melanoma, asthma, copd, tuberculosis, measles, hepatitis, lupus, arthritis, \
         osteoporosis, alzheimer's, alzheimer, parkinson's, dementia, epilepsy, seizure, \
         seizures, depression drug, schizophrenia, adhd, autism, obesity, cholesterol, ldl, \
         atherosclerosis, heart attack, heart failure, arrhythmia, atrial fibrillation, \
         myocardial, thrombosis, embolism, iron deficiency, deficiency, hyperthyroidism, \
         hypothyroidism, thyroid, work-up, workup, differential, first-line, guideline, \
         guidelines for, altitude sickness, bends, concussion, anaphylaxis, overdose, \
         withdrawal symptoms, pet scan, x-ray, ultrasound, mmhg, radiology",
    ),
    rule(
        "earth, engineering and method",
        Science,
        Anywhere,
        1.2,
        "climate, climate change, greenhouse, atmosphere, tsunami, earthquake, earthquakes, \
         seismic, volcano, volcanic, magma, tectonic, plate tectonics, geology, glacier, \
         sediment, erosion, hurricane, el niño, albedo, tensile, yield strength, steel, \
         alloy, fatigue, turbine, aerodynamic, aerofoil, airfoil, thrust, impedance, op-amp, \
         op amp, transistor, mosfet, pid controller, signal processing, heat exchanger, \
         experiment, experimental, control group, hypothesis, hypotheses, empirical, \
         evidence for, peer-reviewed, laboratory, microscope, scientists, scientific, \
         law of, second law, first law, phenomenon, concentration, assay, ozone layer, \
         ozone hole, global warming, carbon cycle, ice age, ice ages, sea level, salinity, \
         salty, gulf stream, monsoon, tornado, clouds, cloud formation, fossil fuels, \
         coastlines, continental drift, lava, mineral, minerals, quartz, basalt, granite, \
         limestone, groundwater, aquifer, wind turbine, carnot, brayton, condenser, \
         compressor, efficiency of, thermal efficiency, steam tables, enthalpies, \
         turbine inlet, nozzle, wing, lift on, propeller, jet engine, satellites, gearbox, \
         hydraulic, truss, bending moment, shear, modulus, young's modulus, buckling, \
         welding, oscilloscope, antenna, modulation, sampling rate, nyquist, \
         transfer function, feedback loop, servo motor, stepper, dc motor, inverter, mppt, \
         lithium-ion, degradation, control sample, negative control, variables in, \
         double-blind, blinded, meta-analysis, statistically, replicate, replicates, \
         calibrate, calibration, error bars, systematic error, troubleshoot the, assays",
    ),
    rule(
        "why in nature",
        Science,
        Lead,
        0.6,
        "why, why does, why do, why are, why is, how does, how do, what causes, explain how, \
         explain why, at what speed, what happens",
    ),
    rule(
        "things of nature",
        Science,
        Anywhere,
        0.7,
        "water, air, sun, moon, sky, rain, snow, wind, cloud, fire, flame, metal, glass, \
         wood, salt, sugar, oil, animal, animals, bird, fish, insect, snake, dog's, \
         cats see, cold, hot, warm, boils, float, sink, sinks, sticky, stick, colour, \
         colours, color, smell, taste, body, human body, breathe, breathing, earth, \
         the earth, stars, star, spectrum, spin, gas, light, solid, ice, nature, natural, \
         survive, grow, grows, poison, poisonous, toxic, tired, hungry, yawn, sneeze, \
         hiccups, limits, faster than light, chemically, tree, plant, plants, brain, eye, \
         eyes, bee, ocean, tide, tides, ants, sharks, bats, elephants, weather, seed, leaf, \
         bones, waves, wave, current, currents, engine, rocket, bicycle, ball, rope, magnet, \
         balloon, spinning, gyroscopic, flamingos, feathers, fur, mirror, shadow, echo",
    ),
    rule(
        "asking for a mechanism",
        Science,
        Anywhere,
        0.8,
        "how does, how do, why does, why do, why are, why is, what happens, what makes, \
         what causes, how can, is it true, actually work, works exactly, mechanism, \
         explain why, how come, how do we, do we know, what evidence, evidence that, \
         why can't, why don't, why did, what limits, how would, what would happen, \
         differ from",
    ),
    rule(
        "why, in other languages",
        Science,
        Lead,
        1.1,
        "pourquoi, comment fonctionne, warum, wieso, weshalb, wie funktioniert, wie entsteht, \
         wie entstehen, por qué, cómo funciona, cómo se forma, por que, como funciona, \
         perché, come funziona, come si forma, почему, как работает, отчего, comment se forme, comment les",
    ),
    // Difficulty
    rule(
        "rare field",
        Rare,
        Anywhere,
        1.0,
        "cohomology, homotopy, sheaf, galois, riemannian, lie algebra, hilbert space, \
         banach, functor, category theory, ergodic, martingale, stochastic, noetherian, \
         topological, renormalization, lagrangian, hamiltonian, gauge theory, perturbation, \
         tensor, eigenvalue, superconductivity, density functional, spectroscopy, \
         pharmacokinetics, pathophysiology, epigenetic, phylogenetic, allosteric, \
         crystallography, transcriptome, ckd, lock-free, consensus, raft, paxos, \
         memory ordering, simd, kernel, compiler, borrow checker, type inference, monad, \
         zero-copy, wait-free, linearizable, distributed, sharding, cuda, np-hard, \
         np-complete, dynamic programming, bayesian, variational, jurisprudence, \
         hermeneutics, epistemology, estoppel, ontology, gödel, amortization, eigenvectors, \
         quantum, relativity, chromatography, nash equilibrium",
    ),
];
