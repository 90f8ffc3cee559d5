-- A copy of a database never talks to live systems: secrets go, links stop.
DELETE FROM exact_token;
DELETE FROM exact_token_call;

DELETE FROM lightspeed_exact_secret;

UPDATE lightspeed_shop
   SET state = 'draft';

UPDATE lightspeed_exact_link
   SET state = 'paused'
 WHERE state = 'running';
