-- How long observations are kept is a setting of the organization (table `retentions` of the control plane), which is
-- committed together with its entry in the audit trail.
DROP TABLE observation_retention;
