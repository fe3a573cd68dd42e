-- The unique index of platform and native id finds beginnings already.
SELECT 1;
