// As keycloak-js's guide has it.
parent.postMessage(location.href, location.origin);
