-- Whether the agents of an organization serve the metrics of its exporters, and on which port; and the certificate
-- authority of their certificates. Its private key is sealed. An organization without a row has the default: no.
CREATE TABLE fronts (
    organization_id      BLOB PRIMARY KEY NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    enabled              INTEGER NOT NULL,
    port                 INTEGER NOT NULL,
    authority            BLOB,
    authority_expires_at INTEGER,
    authority_pepper     INTEGER,
    authority_key        BLOB,
    revision             INTEGER NOT NULL,
    updated_at           INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
