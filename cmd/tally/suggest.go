package main

// nearest finds the known name that a mistyped one probably stands for; "" when none is near.
func nearest(name string, known []string) string {
	best, found := 3, ""
	for _, k := range known {
		if d := distance(name, k); d < best && d < len(k) {
			best, found = d, k
		}
	}
	return found
}

// distance counts the letters to insert, delete or replace to make one word the other (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
