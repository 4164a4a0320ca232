-- Orders, the keys that they were placed under, and what is still to be done for them.

create table orders
(
    id          uuid primary key,
    client      text        not null,
    status      text        not null check (status in ('Pending', 'Reserved', 'Confirmed', 'Rejected', 'Cancelling', 'Cancelled')),
    total_minor bigint check (total_minor >= 0), -- unknown until inventory has set the stock aside at its price
    currency    text,
    rejection   jsonb,                           -- why it was rejected: what the client is told
    created_at  timestamptz not null default now(),
    updated_at  timestamptz not null default now(),
    expires_at  timestamptz not null,            -- a pending order is given up then
    constraint a_price_comes_with_its_currency check ((total_minor is null) = (currency is null)),
    constraint a_reserved_order_has_a_price check (status not in ('Reserved', 'Confirmed') or total_minor is not null),
    constraint a_rejected_order_says_why check ((status = 'Rejected') = (rejection is not null))
);

create index orders_of_a_client on orders (client, created_at desc, id);

create table order_lines
(
    order_id         uuid   not null references orders,
    sku              text   not null,
    quantity         bigint not null check (quantity > 0),
    unit_price_minor bigint check (unit_price_minor > 0),
    primary key (order_id, sku)
);

-- An order only ever moves forward: what a client has seen is never unseen.
create function refuse_step_back() returns trigger language plpgsql as
$$
begin
    if (old.status, new.status) not in (
        ('Pending', 'Reserved'), ('Pending', 'Rejected'), ('Pending', 'Cancelling'),
        ('Reserved', 'Confirmed'), ('Reserved', 'Cancelling'),
        ('Confirmed', 'Cancelling'), ('Cancelling', 'Cancelled'))
    then
        raise exception 'order % can not go from % to %', old.id, old.status, new.status;
    end if;
    return new;
end
$$;

create trigger orders_move_forward
    before update of status on orders
    for each row when (old.status is distinct from new.status)
    execute function refuse_step_back();

-- One key, one order, one answer.
create table idempotency_keys
(
    client            text        not null,
    route             text        not null,
    key               text        not null,
    fingerprint       bytea       not null check (octet_length(fingerprint) = 32),
    order_id          uuid        not null unique references orders,
    lease_until       timestamptz not null, -- somebody is working on the answer; past it, whoever asks does
    created_at        timestamptz not null default now(),
    response_status   int,
    response_body     text,
    response_location text,
    primary key (client, route, key),
    constraint an_answer_has_a_body check ((response_status is null) = (response_body is null))
);

create index idempotency_keys_by_age on idempotency_keys (created_at);

-- Orders that are not at rest. Written with the order, deleted with its last step.
create table outbox
(
    order_id        uuid primary key references orders,
    next_attempt_at timestamptz not null,
    attempts        int         not null default 0,
    trace_parent    text -- the request that caused the work, so that its trace can be found from the relay's
);

create index outbox_due on outbox (next_attempt_at);

grant usage on schema public to orders_service;
grant select, insert, update on orders, order_lines to orders_service;
grant select, insert, update, delete on idempotency_keys, outbox to orders_service;
