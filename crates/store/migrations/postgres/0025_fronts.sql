-- Whether the agents of an organization serve the metrics of its exporters, and on which port; and the certificate
-- authority of their certificates. Its private key is sealed. An organization without a row has the default: no.
CREATE TABLE fronts (
    organization_id      UUID PRIMARY KEY NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    enabled              BOOLEAN NOT NULL,
    port                 BIGINT NOT NULL,
    authority            BYTEA,
    authority_expires_at BIGINT,
    authority_pepper     BIGINT,
    authority_key        BYTEA,
    revision             BIGINT NOT NULL,
    updated_at           BIGINT NOT NULL
);
