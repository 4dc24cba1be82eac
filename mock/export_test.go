package mock

// RaceEnabled tells the tests outside of the package whether the race detector slows them down.
const RaceEnabled = raceEnabled
