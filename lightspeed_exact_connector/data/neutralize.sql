-- A copy of a database never talks to live systems: secrets go, links stop.
DELETE FROM exact_token;
DELETE FROM exact_token_call;

UPDATE exact_app
   SET client_secret = 'neutralized',
       webhook_secret = NULL;

UPDATE lightspeed_app
   SET app_secret = 'neutralized';

UPDATE lightspeed_shop
   SET api_key = NULL,
       api_secret = NULL,
       app_token = NULL,
       state = 'draft';

UPDATE lightspeed_exact_link
   SET state = 'paused'
 WHERE state = 'running';
