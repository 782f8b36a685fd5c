-- The time before which observations of machines of an organization were deleted because they are not kept any longer.
-- Days that begin before it cannot be summed again.
CREATE TABLE observations_deleted (
    organization_id UUID NOT NULL PRIMARY KEY,
    before_at       BIGINT NOT NULL
);
