/* Marks what the shared library exports. The list of names is the version script of the library; both say the same. */
#ifndef MONGOCRYPT_EXPORT_H
#define MONGOCRYPT_EXPORT_H

#if defined(MONGOCRYPT_STATIC_DEFINE)
#define MONGOCRYPT_EXPORT
#define MONGOCRYPT_NO_EXPORT
#elif defined(__GNUC__)
#define MONGOCRYPT_EXPORT __attribute__((visibility("default")))
#define MONGOCRYPT_NO_EXPORT __attribute__((visibility("hidden")))
#else
#define MONGOCRYPT_EXPORT
#define MONGOCRYPT_NO_EXPORT
#endif

#if defined(__GNUC__)
#define MONGOCRYPT_DEPRECATED __attribute__((deprecated))
#else
#define MONGOCRYPT_DEPRECATED
#endif

#endif
