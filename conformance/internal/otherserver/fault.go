package otherserver

import "slices"

// faults are the defects that can be planted, sorted by what they break.
var faults = []string{
	// the wire
	"any-token-accepted",       // a token that nobody issued is good for the first project
	"content-type-text",        // answers call themselves plain text
	"error-code-missing",       // refusals say why, but not with which code
	"error-text-missing",       // refusals have a code and no message
	"foreign-project-readable", // another project can be read with one's own token
	"malformed-body-accepted",  // what is no JSON counts as an empty object
	"missing-token-accepted",   // no token is as good as the first one
	"refusals-with-200",        // refusals have the status of a success
	"taken-name-as-409",        // ModelArts.6301 comes with 409
	"unknown-id-as-6404",       // an unknown notebook has another code
	"wrong-code-6309-as-404",   // ModelArts.6309 comes with 404

	// what a create refuses
	"create-leaves-on-refusal",    // a refused create leaves a notebook of that name
	"description-charset-ignored", // the description may have any character
	"duration-3599-accepted",      // the automatic stop may be sooner than after an hour
	"duration-86401-accepted",     // and later than after a day
	"duration-optional",           // it may be enabled without a duration
	"evs-4-accepted",              // a disk may have less than 5 GB
	"evs-4097-accepted",           // and more than 4096 GB
	"flavor-mismatch-accepted",    // the flavor need not fit the profile
	"flavor-optional",             // the flavor may be absent
	"flavor-unknown-accepted",     // any flavor exists
	"name-charset-ignored",        // the name may have any character
	"name-length-ignored",         // and any length
	"number-as-text-accepted",     // a number will do for a string
	"path-optional",               // obs does not need a path
	"path-root-accepted",          // obs takes all of a bucket
	"path-slash-ignored",          // the path need not end with a slash
	"quota-ignored",               // there can be more than ten notebooks
	"storage-optional",            // the storage may be absent
	"storage-type-ignored",        // any type of storage exists
	"two-names-accepted",          // a name can be taken twice

	// what a notebook shows
	"description-lost",        // the description of a create is forgotten
	"error-code-on-success",   // a notebook without a failure has an error_code
	"prompt-default-lost",     // prompt is false unless asked for
	"remain-time-missing",     // a running notebook does not say when it stops
	"remain-time-truncated",   // the seconds left are rounded down
	"timestamps-as-numbers",   // the times of creation and update are numbers
	"url-missing",             // a running notebook has no address
	"volume-size-lost",        // a disk has 5 GB whatever was asked for
	"workspace-lost",          // a notebook has no workspace
	"instances-shared",        // projects see the notebooks of each other
	"action-counts-as-update", // a change of state moves latest_update_timestamp

	// how a notebook lives
	"action-enum-ignored",           // an unknown action does nothing, successfully
	"action-optional",               // and so does none
	"action-swaps-fields",           // the states before and after are exchanged
	"auto-stop-at-creation",         // the automatic stop counts from the creation
	"auto-stop-never",               // it never comes
	"create-stuck",                  // a new notebook never runs
	"delete-noop",                   // a deleted notebook lives on
	"delete-while-running-accepted", // a notebook need not be stopped first
	"delete-while-starting-accepted",
	"restart-is-stop",            // a restart ends in STOPPED
	"start-on-running-accepted",  // a running notebook can be started
	"stop-on-stopped-accepted",   // a stopped one can be stopped
	"stop-stuck",                 // a notebook is STOPPING for ever
	"stop-while-starting-works",  // a starting one can be stopped
	"token-missing",              // the answer has no token in it
	"token-when-stopped",         // a stopped notebook has a token
	"update-charset-ignored",     // an update takes a description with any character
	"update-drops-auto-stop",     // an update of the description switches the automatic stop off
	"update-lost",                // an update answers what it does not keep
	"update-moves-deadline",      // a new duration counts at once in a running notebook
	"update-range-ignored",       // an update takes any duration
	"update-timestamp-unchanged", // an update leaves no trace of its time

	// lists
	"de-type-optional",         // de_type may be absent
	"deleted-still-listed",     // what is gone is listed
	"desc-ignored",             // the order is always ascending
	"limit-ignored",            // a page is as long as the list
	"limit-text-accepted",      // a limit that is no number is none
	"list-null-when-empty",     // an empty list is null
	"offset-ignored",           // a page always begins at the first
	"offset-off-by-one",        // it begins one later
	"order-unknown-accepted",   // any word will do for an order
	"sortby-ignored",           // the order is always that of the names
	"sortby-unknown-accepted",  // any word will do for a sort key
	"status-filter-ignored",    // the status does not filter
	"status-unknown-accepted",  // any word will do for a status
	"total-count-as-string",    // total_count is a string
	"total-counts-page",        // total_count counts the page
	"workspace-filter-ignored", // the workspace does not filter
}

// FaultNames lists the faults that Options.Faults takes, sorted.
func FaultNames() []string {
	names := slices.Clone(faults)
	slices.Sort(names)
	return names
}
