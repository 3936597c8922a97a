import "otrs-auth/classic";
