-- The book, first schema. Instants are UTC text of fixed width (2026-11-20T09:41:00.000000Z),
-- local dates are ISO text, money is an integer count of its currency's smallest unit
-- with the currency and its number of decimals beside it.

CREATE TABLE book (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    mode TEXT NOT NULL CHECK (mode IN ('demo', 'test', 'live')),
    ledger TEXT NOT NULL,
    zone TEXT NOT NULL,
    currency TEXT NOT NULL,
    start_date TEXT NOT NULL,
    created_at TEXT NOT NULL,
    -- Moves with every change that a window could show.
    revision INTEGER NOT NULL,
    -- The end of the trail, so that cutting its tail shows.
    trail_seq INTEGER NOT NULL,
    trail_hash TEXT NOT NULL
) STRICT;

-- Who may write: the process that holds the lock file beside the book.
CREATE TABLE claim (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    process INTEGER NOT NULL,
    started TEXT NOT NULL,
    nonce TEXT NOT NULL,
    -- Counts the claims ever taken: one process may take it many times.
    number INTEGER NOT NULL,
    at TEXT NOT NULL
) STRICT;

CREATE TABLE settings (
    version INTEGER PRIMARY KEY,
    json TEXT NOT NULL,
    person TEXT REFERENCES people (id),
    machine TEXT,
    at TEXT NOT NULL
) STRICT;

CREATE TABLE people (
    id TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    initials TEXT NOT NULL,
    machine TEXT NOT NULL,
    introduced_at TEXT NOT NULL
) STRICT;

CREATE TABLE mirror (
    side TEXT NOT NULL CHECK (side IN ('stripe', 'ledger')),
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    version TEXT NOT NULL,
    etag TEXT,
    happened_at TEXT,
    local_date TEXT,
    amount INTEGER,
    fee INTEGER,
    net INTEGER,
    currency TEXT,
    exponent INTEGER,
    number TEXT,
    party TEXT,
    status TEXT,
    parent TEXT,
    -- When this version was first learnt, when it was last seen, and when it was missed.
    changed_at TEXT NOT NULL,
    learnt_at TEXT NOT NULL,
    gone_at TEXT,
    raw BLOB NOT NULL,
    PRIMARY KEY (side, kind, id),
    CHECK ((amount IS NULL AND fee IS NULL AND net IS NULL) = (currency IS NULL)),
    CHECK ((currency IS NULL) = (exponent IS NULL))
) STRICT;
CREATE INDEX mirror_parent ON mirror (side, kind, parent) WHERE parent IS NOT NULL;
CREATE INDEX mirror_number ON mirror (side, number) WHERE number IS NOT NULL;
CREATE INDEX mirror_seen ON mirror (side, kind, learnt_at);

-- What a document said before it changed.
CREATE TABLE mirror_history (
    side TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    version TEXT NOT NULL,
    from_at TEXT NOT NULL,
    until_at TEXT NOT NULL,
    raw BLOB NOT NULL
) STRICT;
CREATE INDEX mirror_history_of ON mirror_history (side, kind, id, until_at);

CREATE TABLE cursors (
    side TEXT NOT NULL CHECK (side IN ('stripe', 'ledger')),
    kind TEXT NOT NULL,
    json TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (side, kind)
) STRICT;

-- A person's word on a pair: these belong together, or do not.
CREATE TABLE decisions (
    subject TEXT NOT NULL,
    ledger TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('confirmed', 'declined')),
    person TEXT NOT NULL REFERENCES people (id),
    machine TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (subject, ledger)
) STRICT;

CREATE TABLE drafts (
    id TEXT PRIMARY KEY NOT NULL,
    subject TEXT NOT NULL,
    kind TEXT NOT NULL,
    destination TEXT NOT NULL,
    step INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN
        ('proposed', 'countersigned', 'sending', 'written', 'refused', 'unknown', 'stale', 'declined', 'posted', 'altered', 'deleted')),
    content TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    -- 0: a source moved and no new proposal has said what follows; it cannot be approved.
    current INTEGER NOT NULL CHECK (current IN (0, 1)),
    -- What it adds to the sum of the basket.
    amount INTEGER,
    currency TEXT,
    exponent INTEGER,
    proposed_at TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    signed_by TEXT REFERENCES people (id),
    signed_machine TEXT,
    signed_at TEXT,
    difference TEXT,
    refusal TEXT,
    results TEXT,
    -- What the other side said last, for a person: JSON.
    note TEXT,
    CHECK (signed_by IS NOT NULL OR state NOT IN ('countersigned', 'sending', 'unknown', 'written', 'posted', 'altered', 'deleted')),
    CHECK ((amount IS NULL) = (currency IS NULL) AND (amount IS NULL) = (exponent IS NULL))
) STRICT;
CREATE INDEX drafts_subject ON drafts (subject, step, id);
CREATE INDEX drafts_state ON drafts (state);

CREATE TABLE draft_history (
    draft TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    content TEXT NOT NULL,
    state TEXT NOT NULL,
    until_at TEXT NOT NULL
) STRICT;
CREATE INDEX draft_history_of ON draft_history (draft, fingerprint);

-- A subject that a person declined, with or without drafts.
CREATE TABLE declined (
    subject TEXT PRIMARY KEY NOT NULL,
    reason TEXT NOT NULL,
    person TEXT NOT NULL REFERENCES people (id),
    machine TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT;

-- Each attempt to send: stored with its exact bytes before the first of them leaves.
CREATE TABLE attempts (
    draft TEXT NOT NULL REFERENCES drafts (id),
    attempt INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    filled TEXT NOT NULL,
    filled_hash TEXT NOT NULL,
    key TEXT NOT NULL,
    key_generation INTEGER NOT NULL,
    key_since TEXT NOT NULL,
    -- Ids of equal ones that stood there before anything of ours was ever sent (JSON list).
    noted TEXT NOT NULL,
    claim TEXT NOT NULL,
    begun_at TEXT NOT NULL,
    outcome TEXT,
    settled_at TEXT,
    PRIMARY KEY (draft, attempt),
    CHECK ((outcome IS NULL) = (settled_at IS NULL))
) STRICT;
-- Never two under way for one draft, whatever the program does.
CREATE UNIQUE INDEX one_attempt_under_way ON attempts (draft) WHERE settled_at IS NULL;

-- What Review shows, in its order; `bucket` follows the states of the subject's drafts.
CREATE TABLE review (
    key TEXT PRIMARY KEY NOT NULL,
    first INTEGER NOT NULL,
    date TEXT NOT NULL,
    number TEXT NOT NULL,
    month TEXT NOT NULL,
    name TEXT NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    exponent INTEGER NOT NULL,
    class TEXT NOT NULL,
    bucket TEXT NOT NULL,
    search TEXT NOT NULL,
    payload TEXT NOT NULL
) STRICT;
CREATE INDEX review_all ON review (first, date, number, key, bucket);
CREATE INDEX review_bucket ON review (bucket, first, date, number, key);
CREATE INDEX review_month ON review (month, first, date, number, key, bucket);
CREATE INDEX review_month_bucket ON review (month, bucket, first, date, number, key);

CREATE TABLE trail (
    seq INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    person TEXT,
    machine TEXT,
    act TEXT NOT NULL,
    subject TEXT,
    draft TEXT,
    body TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;
CREATE INDEX trail_subject ON trail (subject, seq) WHERE subject IS NOT NULL;
CREATE TRIGGER trail_keeps BEFORE UPDATE ON trail BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END;
CREATE TRIGGER trail_stays BEFORE DELETE ON trail BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END;
CREATE TRIGGER trail_follows BEFORE INSERT ON trail
WHEN NEW.seq <> (SELECT trail_seq + 1 FROM book) OR NEW.previous <> (SELECT trail_hash FROM book)
BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END;
CREATE TRIGGER people_stay BEFORE DELETE ON people BEGIN SELECT RAISE(ABORT, 'a person is never deleted'); END;
CREATE TRIGGER settings_keep BEFORE UPDATE ON settings BEGIN SELECT RAISE(ABORT, 'old settings stay'); END;
CREATE TRIGGER settings_stay BEFORE DELETE ON settings BEGIN SELECT RAISE(ABORT, 'old settings stay'); END;
