-- What the service keeps: one row an acknowledged order. The id comes from the client, so that a repeat changes nothing.
CREATE TABLE IF NOT EXISTS orders (
    id text PRIMARY KEY,
    region text NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now()
);
