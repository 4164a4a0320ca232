-- A thousand products, the same on every machine: 25 materials × 40 things.

with materials as (
    select material, position
    from unnest(array [
        'Walnut', 'Oak', 'Birch', 'Bamboo', 'Cork', 'Linen', 'Cotton', 'Wool', 'Felt', 'Leather', 'Steel', 'Brass', 'Copper',
        'Iron', 'Zinc', 'Glass', 'Marble', 'Slate', 'Granite', 'Ceramic', 'Porcelain', 'Paper', 'Rattan', 'Jute', 'Silver'
        ]) with ordinality as m (material, position)
),
things as (
    select thing, position
    from unnest(array [
        'desk lamp', 'bookend', 'coaster set', 'tray', 'bowl', 'vase', 'candle holder', 'picture frame', 'clock', 'mirror',
        'stool', 'side table', 'coat hook', 'door stop', 'letter opener', 'pen holder', 'paperweight', 'ruler', 'box', 'basket',
        'jug', 'mug', 'teapot', 'plate', 'platter', 'spoon', 'cutting board', 'salt cellar', 'pepper mill', 'trivet',
        'plant pot', 'watering can', 'bird feeder', 'lantern', 'wind chime', 'key ring', 'card case', 'bookmark', 'chess set', 'globe'
        ]) with ordinality as t (thing, position)
),
numbered as (
    select row_number() over (order by m.position, t.position) as number, m.material || ' ' || t.thing as name
    from materials m cross join things t
),
added as (
    insert into products (sku, name, price_minor)
        select 'SKU-' || lpad(number::text, 4, '0'), name, 499 + (number * 7919) % 19500
        from numbered
        returning sku
),
stocked as (
    insert into stock (sku, initial, available)
        select sku, 1000, 1000 from added
        returning sku, initial
)
insert into stock_ledger (ref, sku, reason, available_delta, reserved_delta, sold_delta)
select '00000000-0000-0000-0000-000000000000', sku, 'initial', initial, 0, 0
from stocked;
