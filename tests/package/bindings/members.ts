// The compiler refuses this if our class lacks something that keycloak-js's types have, or has it of another type.
import Real, * as real from "keycloak-js";
import Ours, * as ours from "otrs-auth/keycloak-js";

/** Names of the one that the other does not have. */
type Missing = Exclude<keyof Real, keyof Ours>;
export const missing: Missing[] extends never[] ? true : Missing = true;

declare const session: Ours;
/** Whoever was written for the real class takes ours. */
export const taken: Pick<Real, keyof Real> = session;
export const types: [
  (given: real.KeycloakConfig) => ours.KeycloakConfig,
  (given: real.KeycloakInitOptions) => ours.KeycloakInitOptions,
  (given: real.KeycloakLoginOptions) => ours.KeycloakLoginOptions,
  (given: real.KeycloakLogoutOptions) => ours.KeycloakLogoutOptions,
  (given: real.KeycloakRegisterOptions) => ours.KeycloakRegisterOptions,
  (given: real.KeycloakAccountOptions) => ours.KeycloakAccountOptions,
  (given: real.KeycloakAdapter) => ours.KeycloakAdapter,
  (given: ours.KeycloakError) => real.KeycloakError,
  (given: ours.KeycloakProfile) => real.KeycloakProfile,
  (given: ours.KeycloakUserInfo) => real.KeycloakUserInfo,
  (given: ours.KeycloakTokenParsed) => real.KeycloakTokenParsed,
  (given: ours.KeycloakInstance) => Pick<real.KeycloakInstance, keyof Real>,
] = [same, same, same, same, same, same, same, same, same, same, same, same];

function same<T>(given: T): T {
  return given;
}
