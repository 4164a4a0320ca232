-- What there is to sell, and where every unit of it is. Each rule that must never break is a constraint here, and not only code.

create table products
(
    sku         text primary key check (sku ~ '^[A-Z0-9-]{3,32}$'),
    name        text   not null check (name <> ''),
    price_minor bigint not null check (price_minor > 0), -- in cents: money is never a fraction of a unit
    currency    text   not null default 'EUR' check (currency = 'EUR')
);

create table stock
(
    sku       text primary key references products,
    initial   bigint not null check (initial >= 0),
    restocked bigint not null default 0 check (restocked >= 0),
    available bigint not null,
    reserved  bigint not null default 0,
    sold      bigint not null default 0,
    constraint available_is_never_negative check (available >= 0),
    constraint reserved_is_never_negative check (reserved >= 0),
    constraint sold_is_never_negative check (sold >= 0),
    constraint stock_is_conserved check (initial + restocked = available + reserved + sold)
);

create table reservations
(
    order_id   uuid primary key,
    status     text        not null check (status in ('Held', 'Confirmed', 'Released', 'Expired', 'Returned')),
    expires_at timestamptz not null,
    created_at timestamptz not null default now(),
    closed_at  timestamptz
);

-- What the sweeper looks for.
create index reservations_held on reservations (expires_at) where status = 'Held';

create table reservation_lines
(
    order_id         uuid   not null references reservations,
    sku              text   not null references products,
    quantity         bigint not null check (quantity > 0),
    unit_price_minor bigint not null check (unit_price_minor > 0), -- as it was when the stock was held
    currency         text   not null,
    primary key (order_id, sku)
);

-- Every movement of stock, for ever. The sum over a SKU is that SKU's row in stock.
create table stock_ledger
(
    id              bigint generated always as identity primary key,
    ref             uuid        not null, -- the order or the restock; all zeros for the initial stock
    sku             text        not null references products,
    reason          text        not null check (reason in ('initial', 'restock', 'reserve', 'sale', 'release', 'return')),
    available_delta bigint      not null,
    reserved_delta  bigint      not null,
    sold_delta      bigint      not null,
    at              timestamptz not null default now(),
    constraint a_movement_happens_once unique (ref, sku, reason)
);

create function refuse_change() returns trigger language plpgsql as
$$
begin
    raise exception 'stock_ledger is append-only: % refused', tg_op;
end
$$;

create trigger stock_ledger_is_append_only
    before update or delete on stock_ledger
    for each row execute function refuse_change();

create trigger stock_ledger_is_never_emptied
    before truncate on stock_ledger
    for each statement execute function refuse_change();

grant usage on schema public to inventory_service;
grant select on products to inventory_service;
grant select, update on stock to inventory_service;
grant select, insert, update on reservations to inventory_service;
grant select, insert on reservation_lines, stock_ledger to inventory_service;
