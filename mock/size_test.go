package mock_test

import (
	"strconv"
	"testing"

	"github.com/tallystick/tallystick/mock"
)

func TestParseSize(t *testing.T) {
	for text, want := range map[string]int64{"0": 0, "65536": 65536, "512KiB": 512 << 10, "16MiB": 16 << 20, "1GiB": 1 << 30} {
		if got, err := mock.ParseSize(text); err != nil || got != want {
			t.Errorf("%q: %d %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "KiB", "-1", "1.5MiB", "1 MiB", "1MB", "9223372036854775807KiB", "99999999999999999999", "+1"} {
		if got, err := mock.ParseSize(text); err == nil {
			t.Errorf("%q is %d", text, got)
		}
	}
}

// What is read is never below 0, and says what it was read from.
func FuzzParseSize(f *testing.F) {
	for _, text := range []string{"0", "1KiB", "16MiB", "9223372036854775807", "1GiBKiB", "x"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := mock.ParseSize(text)
		if err != nil {
			return
		}
		again, err := mock.ParseSize(strconv.FormatInt(n, 10))
		if n < 0 || err != nil || again != n {
			t.Errorf("%q is %d, which is read as %d, %v", text, n, again, err)
		}
	})
}
