mod ends;
mod scores;
mod tables;
mod world;
