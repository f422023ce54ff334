/* test_hash.c - known answers. Sources: FIPS 180-2 B.1; RFC 4231 4.2, 4.3; RFC 4648 10. */
#include "tests/lib/unit.h"
#include "runbook/codec/hash.h"

static void test_sha256(void **state)
{
    static const char abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    static const char none[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    struct sha256 *h = sha256_new();
    char hex[SHA256_HEX];

    (void)state;
    hash_sha256_hex(STR_LIT("abc"), hex);
    assert_string_equal(hex, abc);
    hash_sha256_hex((struct str){NULL, 0}, hex);
    assert_string_equal(hex, none);
    for (int round = 0; round < 2; round++) {
        sha256_add(h, STR_LIT("a"));
        sha256_add(h, (struct str){NULL, 0});
        sha256_add(h, STR_LIT("bc"));
        sha256_end(h, hex);
        assert_string_equal(hex, abc);
    }
    sha256_end(h, hex);
    assert_string_equal(hex, none);
    sha256_free(h);
    sha256_free(NULL);
}

static void test_hmac(void **state)
{
    uint8_t mac[SHA256_BYTES];
    char hex[SHA256_HEX];

    (void)state;
    hash_hmac_sha256(STR_LIT("\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"
                             "\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"),
                     STR_LIT("Hi There"), mac);
    hash_hex(mac, sizeof(mac), hex);
    assert_string_equal(hex, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    hash_hmac_sha256(STR_LIT("Jefe"), STR_LIT("what do ya want for nothing?"), mac);
    hash_hex(mac, sizeof(mac), hex);
    assert_string_equal(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    hash_hmac_sha256((struct str){NULL, 0}, (struct str){NULL, 0}, mac);
    hash_hex(mac, sizeof(mac), hex);
    assert_string_equal(hex, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void test_base64(void **state)
{
    static const char *const pairs[][2] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    };
    static const char *const bad[] = {"Z",      "Zg",   "Zg=",  "Zg==Zg==", "Z===",
                                      "====",   "Zh==", "Zm9=", "Zm 8",     "Zm8\n",
                                      "Zm9v\n", "Zm-_", "=m9v", "Zm9vY==="};
    struct buf out = BUF_INIT(100);

    (void)state;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        buf_clear(&out);
        base64_encode(&out, str_from(pairs[i][0]));
        assert_string_equal(buf_cstr(&out), pairs[i][1]);
        buf_clear(&out);
        assert_true(base64_decode(&out, str_from(pairs[i][1])));
        assert_string_equal(buf_cstr(&out), pairs[i][0]);
    }
    buf_clear(&out);
    buf_adds(&out, "kept");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (base64_decode(&out, str_from(bad[i])))
            fail_msg("accepted: %s", bad[i]);
        assert_string_equal(buf_cstr(&out), "kept");
    }
    buf_clear(&out);
    base64_encode(&out, STR_LIT("\xff\xfe\xfd\x00"));
    assert_string_equal(buf_cstr(&out), "//79AA==");
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256),
        cmocka_unit_test(test_hmac),
        cmocka_unit_test(test_base64),
    };

    return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}
