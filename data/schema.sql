-- One dataset version: four nested units, their dictionary and their provenance.
-- The variables of a unit are further columns of its table: DOUBLE for numbers, VARCHAR for
-- categories; `dictionary` names each one. Keys are text: '00123' is not '123'.
-- Keys carry no index: a version is written once and never changed, so their uniqueness and
-- their references are checked when it is sealed (analysis/store/versions/sealing.py). An index on
-- session cost 8 of 13 seconds and 200 MB at 9 million rows, and no query would use it.
-- Sealing adds to episode and session the whole numbers 'clinic ordinal', 'therapist ordinal',
-- 'patient ordinal' and 'episode ordinal' (analysis/store/versions/ordinals.py).
CREATE TABLE clinic (
    clinic VARCHAR NOT NULL              -- unique
);
CREATE TABLE therapist (
    therapist VARCHAR NOT NULL,         -- unique; one code in two clinics: 'clinic/code' twice
    clinic VARCHAR NOT NULL
);
CREATE TABLE episode (                  -- one treatment of one patient by one therapist
    episode VARCHAR NOT NULL,           -- unique
    patient VARCHAR NOT NULL,
    therapist VARCHAR NOT NULL,
    started DATE,
    ended DATE,
    ending VARCHAR                      -- 'planned', 'unplanned', 'ongoing' or NULL
);
CREATE TABLE session (
    episode VARCHAR NOT NULL,
    session INTEGER NOT NULL,           -- its number; unique within the episode
    date DATE,
    weeks_since_intake DOUBLE           -- from the episode's first session or its start
);
CREATE TABLE dictionary (
    position INTEGER PRIMARY KEY,
    name VARCHAR UNIQUE NOT NULL,
    label VARCHAR NOT NULL,
    unit VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    factor VARCHAR NOT NULL,
    component VARCHAR NOT NULL,
    rater VARCHAR NOT NULL,
    instrument VARCHAR NOT NULL,
    minimum DOUBLE,
    maximum DOUBLE,
    higher_is VARCHAR NOT NULL,
    description VARCHAR NOT NULL
);
CREATE TABLE meta (                     -- name, created, synthetic, main_outcome, sources, truth, …
    key VARCHAR PRIMARY KEY,
    value VARCHAR NOT NULL              -- JSON
);
